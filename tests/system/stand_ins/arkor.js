// What the published command of Arkor sends, in each of its generations (contract, A2): the configuration, the browser, the
// code for the tokens, and who that is. The OAuth part is always https.
const crypto = require("node:crypto");
const http = require("node:http");

const [server, version] = process.argv.slice(2);
// Every release leaves the header out where it asks for the configuration; what came after them sends it.
const client = { "X-Arkor-Client": `arkor/${version === "head" ? "0.0.3-alpha.1" : version}` };

const base64url = (bytes) => Buffer.from(bytes).toString("base64url");

async function checked(response, what) {
  if (!response.ok) throw new Error(`${what} (${response.status}): ${await response.text()}`);
  return response.json();
}

/** The first port that is free, in the order of the configuration, and what the browser brings there. */
async function listen(ports, state) {
  let home;
  const brought = new Promise((resolve, reject) => {
    home = http.createServer((request, answer) => {
      const url = new URL(request.url, "http://127.0.0.1");
      if (url.pathname !== "/callback") return answer.writeHead(404).end("Not found");
      answer.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end("<h1>Signed in to arkor</h1>");
      if (url.searchParams.get("state") !== state) return reject(new Error("State mismatch"));
      resolve(url.searchParams.get("code"));
    });
  });
  for (const port of ports) {
    const bound = await new Promise((resolve) => {
      home.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
    });
    if (bound) return { redirect: `http://127.0.0.1:${port}/callback`, brought, home };
  }
  throw new Error("Unable to bind any of the loopback ports");
}

async function main() {
  const configured = await fetch(`${server}/v1/auth/cli/config`, version === "head" ? { headers: client } : {});
  const config = await checked(configured, "config");
  if (!config.auth0Domain || !config.clientId || !config.audience) throw new Error("not configured");
  const verifier = base64url(crypto.randomBytes(32));
  const state = base64url(crypto.randomBytes(16));
  const { redirect, brought, home } = await listen(config.callbackPorts.concat(0), state);
  const authorize = new URL(`https://${config.auth0Domain}/authorize`);
  authorize.search = new URLSearchParams({
    response_type: "code",
    client_id: config.clientId,
    redirect_uri: redirect,
    scope: "openid profile email offline_access",
    audience: config.audience,
    state,
    code_challenge: base64url(crypto.createHash("sha256").update(verifier).digest()),
    code_challenge_method: "S256",
  });
  console.log(`Browser: ${authorize}`);
  const code = await brought;
  home.close();
  const answer = await fetch(`https://${config.auth0Domain}/oauth/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      grant_type: "authorization_code",
      code,
      code_verifier: verifier,
      client_id: config.clientId,
      redirect_uri: redirect,
    }),
  });
  const tokens = await checked(answer, "Auth0 token exchange failed");
  if (!tokens.refresh_token) throw new Error("Auth0 did not return a refresh token.");
  if (typeof tokens.expires_in !== "number") throw new Error("no expires_in");
  const me = await fetch(`${server}/v1/me`, {
    headers: { Authorization: `Bearer ${tokens.access_token}`, ...client },
  });
  const { user, orgs } = await checked(me, "/v1/me");
  console.log(JSON.stringify({ email: user.email, orgs: orgs.length }));
}

main().then(
  () => process.exit(0),
  (problem) => {
    console.error(problem.message);
    process.exit(1);
  },
);
