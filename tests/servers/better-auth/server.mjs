// `better-auth` as it comes from npm, for the tests: its device flow and its bearer tokens, everything in memory.
//
//     node server.mjs PORT SECONDS-OF-A-SESSION
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const installed = createRequire(`${process.env.NODE_PATH}/`);
const load = (name) => import(pathToFileURL(installed.resolve(name)));
const { betterAuth } = await load('better-auth');
const { memoryAdapter } = await load('better-auth/adapters/memory');
const { toNodeHandler } = await load('better-auth/node');
const { bearer, deviceAuthorization } = await load('better-auth/plugins');
const [port, seconds] = process.argv.slice(2).map(Number);

const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret: 'a secret of the tests, of the length that is asked for',
  database: memoryAdapter({ user: [], session: [], account: [], verification: [], deviceCode: [] }),
  emailAndPassword: { enabled: true },
  session: { expiresIn: seconds, disableSessionRefresh: true },
  plugins: [bearer(), deviceAuthorization({ interval: '1s', verificationUri: '/device' })],
});

const handle = toNodeHandler(auth);
// What was asked, for the test to count. No body, no query: they hold secrets.
createServer((request, response) => {
  response.on('finish', () => console.log(`${request.method} ${request.url.split('?')[0]} ${response.statusCode}`));
  handle(request, response);
}).listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${port}`));
