//! All operations. What isn't here isn't served.

use super::{
    anonymous, devices,
    events::{self, EXPORT, PAGE},
    invitations, keys, me, members,
    operation::{
        Operation,
        Verb::{Delete, Get, Patch, Post},
        Who::{AnyToken, Anybody, Manages, SignedIn},
        operation,
    },
    orgs, service_accounts, tokens,
};
use crate::org::Role::{Admin, Owner};

/// The table.
#[rustfmt::skip]
pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation(AnyToken, Get, "/me", "getMe", "Whose the token is and what it may do").runs(me::get),

        operation(SignedIn, Get, "/tokens", "listTokens", "Your personal access tokens, the newest first").runs(tokens::list),
        operation(Manages, Post, "/tokens", "createToken", "Make a personal access token for the app that the caller signed in to").takes(tokens::create).conflicts().misses(),
        operation(Manages, Post, "/tokens/{id}/rotate", "rotateToken", "Replace a personal access token; for the time of the overlap both work").may_take(tokens::rotate).conflicts(),
        operation(SignedIn, Delete, "/tokens/{id}", "revokeToken", "End a personal access token at once").runs(tokens::revoke),

        operation(SignedIn, Get, "/orgs", "listOrgs", "The organizations that you are in, your personal one first").runs(orgs::list),
        operation(Manages, Post, "/orgs", "createOrg", "Make an organization, of which you are the owner").takes(orgs::create).conflicts(),
        operation(SignedIn, Get, "/orgs/{org}", "getOrg", "One of your organizations").runs(orgs::get),
        operation(Manages, Patch, "/orgs/{org}", "changeOrg", "Change an organization's name or limits; null takes a limit away").takes(orgs::change).role(Admin),
        operation(SignedIn, Post, "/orgs/{org}/switch", "switchOrg", "Act for this organization from now on, with this token and those that come of it").runs(orgs::switch),
        operation(Manages, Post, "/orgs/{org}/transfer", "transferOrg", "Make another member the owner; you are an admin afterwards").takes(orgs::transfer).role(Owner).conflicts(),

        operation(SignedIn, Get, "/orgs/{org}/members", "listMembers", "Who is in an organization, the owners first").runs(members::list),
        operation(Manages, Patch, "/orgs/{org}/members/{account}", "changeMember", "Give a member another role; only an owner makes or unmakes owners").takes(members::change).role(Admin).conflicts(),
        operation(Manages, Delete, "/orgs/{org}/members/{account}", "removeMember", "Remove a member; with your own account: leave").runs(members::remove).role(Admin).conflicts(),

        operation(SignedIn, Get, "/orgs/{org}/invitations", "listInvitations", "The invitations that nobody has accepted yet").runs(invitations::list).role(Admin),
        operation(Manages, Post, "/orgs/{org}/invitations", "createInvitation", "Make an invitation; its link works once").may_take(invitations::create).role(Admin).conflicts(),
        operation(Manages, Delete, "/orgs/{org}/invitations/{id}", "revokeInvitation", "Take an invitation back").runs(invitations::revoke).role(Admin),
        operation(Manages, Post, "/invitations/accept", "acceptInvitation", "Accept an invitation").takes(invitations::accept).conflicts().misses(),

        operation(SignedIn, Get, "/orgs/{org}/keys", "listKeys", "An organization's keys, the newest first").runs(keys::list),
        operation(Manages, Post, "/orgs/{org}/keys", "createKey", "Make a key for the app that the caller signed in to").takes(keys::create).role(Admin).conflicts(),
        operation(Manages, Post, "/orgs/{org}/keys/{id}/rotate", "rotateKey", "Replace a key; for the time of the overlap both work").may_take(keys::rotate).role(Admin).conflicts(),
        operation(SignedIn, Delete, "/orgs/{org}/keys/{id}", "revokeKey", "End a key at once; one that your own sign-in gave takes no role").runs(keys::revoke).role(Admin),

        operation(SignedIn, Get, "/orgs/{org}/service-accounts", "listServiceAccounts", "An organization's programs").runs(service_accounts::list),
        operation(Manages, Post, "/orgs/{org}/service-accounts", "createServiceAccount", "Make a program that can hold keys").takes(service_accounts::create).role(Admin).conflicts(),
        operation(Manages, Delete, "/orgs/{org}/service-accounts/{id}", "endServiceAccount", "End a program, and its keys with it").runs(service_accounts::end).role(Admin),

        operation(SignedIn, Get, "/events", "listEvents", "What happened to your account, the latest first").runs(events::of_account).reads(PAGE),
        operation(SignedIn, Get, "/events/export", "exportEvents", "The same as a file, 10,000 events at most").runs(events::export_of_account).reads(EXPORT),
        operation(SignedIn, Get, "/orgs/{org}/events", "listOrgEvents", "What happened to an organization, the latest first").runs(events::of_org).reads(PAGE).role(Admin),
        operation(SignedIn, Get, "/orgs/{org}/events/export", "exportOrgEvents", "The same as a file, 10,000 events at most").runs(events::export_of_org).reads(EXPORT).role(Admin),

        operation(SignedIn, Get, "/devices", "listDevices", "Terminals and browsers that are signed in, the last used first").runs(devices::list),
        operation(SignedIn, Delete, "/devices/{id}", "signOutDevice", "Sign a terminal or a browser out").runs(devices::end),
        operation(SignedIn, Post, "/sign-out-everywhere", "signOutEverywhere", "Sign out all terminals and browsers, the caller's own too").runs(devices::end_all),

        operation(Anybody, Post, "/anonymous", "beginAnonymous", "Begin to work without an account").takes(anonymous::begin).misses(),
        operation(SignedIn, Post, "/claim", "claimAnonymous", "Make what was done with an anonymous token yours; it keeps its organization's id").takes(anonymous::claim).conflicts().misses(),
    ]
}
