// `oidc-provider` as it comes from npm, for the tests: its own pages, its own memory, any name is an account.
//
//     node server.mjs PORT SECONDS
//
// An access token of a sign-in lives for so long; one that was renewed lives for an hour.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const installed = createRequire(`${process.env.NODE_PATH}/`);
const { Provider } = await import(pathToFileURL(installed.resolve('oidc-provider')));
const [port, seconds] = process.argv.slice(2).map(Number);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'notes-cli',
    client_name: 'Notes',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    redirect_uris: ['http://127.0.0.1/callback'],
  }],
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, name: `${sub} of the tests`, email: `${sub}@example.com`, email_verified: true }),
  }),
  features: { deviceFlow: { enabled: true }, revocation: { enabled: true } },
  ttl: { AccessToken: (ctx) => (ctx.oidc.params.grant_type === 'refresh_token' ? 3600 : seconds) },
});

// What was asked, for the test to count. No body, no query: they hold secrets.
provider.use(async (ctx, next) => {
  await next();
  console.log(`${ctx.method} ${ctx.path} ${ctx.status}`);
});
provider.listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${port}`));
