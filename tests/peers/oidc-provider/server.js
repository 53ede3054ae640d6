// An identity provider that nobody here wrote: the certified `oidc-provider`, set up as strictly as a city's would be.
//
// What the tests need of it is set up here and nothing is added to the protocol: the pages on which a person signs in and
// agrees are ours (the package leaves them to whoever runs it), everything else is the package's. All state is in memory.
//
// The settings come as one line of JSON on standard input; `{"port": …}` is the answer, one line on standard output, once it
// listens. It ends when its standard input does, so that it never outlives the test that started it.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';

const HOST = '127.0.0.1';
// Long enough for any test, short enough that nothing here is for ever.
const SECONDS = 3600;
const PERSON = { sub: 'mariam-example', name: 'Mariam Example', name_ar: 'مريم مثال' };
const LEVELS = ['urn:rabt:acr:low', 'urn:rabt:acr:high'];

const lines = createInterface({ input: process.stdin });
process.stdin.on('end', () => process.exit(0));
const settings = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);

const server = createServer({ cert: settings.certificate_pem, key: settings.key_pem });
await new Promise((listens, fails) => server.once('error', fails).listen(settings.port, HOST, listens));
const { port } = server.address();

const provider = new Provider(`https://${HOST}:${port}`, {
  clients: [{
    client_id: settings.client_id,
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    redirect_uris: [settings.redirect_uri],
    post_logout_redirect_uris: [settings.redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    id_token_signed_response_alg: settings.id_token_algorithm,
    dpop_bound_access_tokens: true,
  }],
  jwks: { keys: keys() },
  scopes: ['openid', 'offline_access', 'city'],
  claims: { openid: ['sub'], profile: ['name', 'name_ar'] },
  conformIdTokenClaims: !settings.name_in_id_token,
  acrValues: LEVELS,
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] },
  features: {
    devInteractions: { enabled: false },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => settings.nonce_required },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    revocation: { enabled: true },
    introspection: { enabled: false },
  },
  rotateRefreshToken: settings.rotates,
  ttl: {
    AccessToken: settings.access_seconds,
    AuthorizationCode: 60,
    Grant: SECONDS,
    IdToken: 300,
    Interaction: SECONDS,
    RefreshToken: SECONDS,
    Session: SECONDS,
  },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, accountId) => (accountId === PERSON.sub
    ? { accountId, claims: () => PERSON }
    : { accountId, claims: () => ({ sub: accountId }) }),
});

// Several keys of each kind that a certified provider has, in use or not: what a client meets in the wild.
function keys() {
  const made = [
    ['rsa', { modulusLength: 2048 }, 'RS256'],
    ['rsa', { modulusLength: 2048 }, 'PS256'],
    ['ec', { namedCurve: 'P-256' }, 'ES256'],
    ['ec', { namedCurve: 'P-256' }, 'ES256'],
    ['ec', { namedCurve: 'P-384' }, 'ES384'],
    ['ed25519', {}, settings.id_token_algorithm === 'Ed25519' ? 'Ed25519' : 'EdDSA'],
  ];
  return made.map(([kind, options, alg]) => ({
    ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }),
    alg,
    use: 'sig',
    kid: randomBytes(8).toString('hex'),
  }));
}

const callback = provider.callback();
server.on('request', (request, response) => {
  const answered = request.url.startsWith('/interaction/') ? interaction(request, response) : callback(request, response);
  Promise.resolve(answered).catch((error) => {
    response.writeHead(500, { 'content-type': 'text/plain' }).end(`${error.message} ${error.error_description ?? ''}`);
  });
});

// A person's page: it says what is asked, and takes who they are, at which level, or that they don't want to.
async function interaction(request, response) {
  const details = await provider.interactionDetails(request, response);
  const { prompt, params, session } = details;
  if (request.method === 'GET') {
    const page = { prompt: prompt.name, acr_values: params.acr_values, ui_locales: params.ui_locales };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page));
    return;
  }
  const form = new URLSearchParams(await body(request));
  const result = { act: form.get('act') };
  switch (`${prompt.name} ${result.act}`) {
    case 'login approve':
      result.login = { accountId: form.get('person'), acr: form.get('acr'), amr: ['pwd'] };
      break;
    case 'consent approve':
      result.consent = { grantId: await granted(details, params, session) };
      break;
    default:
      Object.assign(result, { error: 'access_denied', error_description: 'the person did not want to' });
  }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: !result.error });
}

async function granted({ grantId, prompt }, params, session) {
  const grant = (grantId && await provider.Grant.find(grantId))
    || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' ') || params.scope);
  return grant.save();
}

async function body(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

process.stdout.write(`${JSON.stringify({ port })}\n`);
