// An OpenID provider for the tests of the page's sign-in: npm's oidc-provider, with one public client and a sign-in form.
// Arguments: a file with a certificate and its key in PEM, the page's address. Prints the issuer once it listens.
import { readFileSync } from 'node:fs'
import https from 'node:https'
import { Provider } from 'oidc-provider'

const [pem, page] = process.argv.slice(2)
const server = https.createServer({ key: readFileSync(pem), cert: readFileSync(pem) })

server.listen(0, '127.0.0.1', () => {
  const issuer = `https://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'page', token_endpoint_auth_method: 'none', redirect_uris: [page], application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
    }],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: () => true,
    clientBasedCORS: () => true,
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: 'Alice Liddell', preferred_username: `${id}@wonderland.example`, email: `${id}@wonderland.example` }),
    }),
    // A sign-in implies consent.
    loadExistingGrant: async context => {
      const grant = new context.oidc.provider.Grant({ clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId })
      grant.addOIDCScope('openid profile email offline_access')
      await grant.save()
      return grant
    },
    cookies: { keys: ['not a secret: only for this process'] },
  })

  const handle = provider.callback()
  server.on('request', async (request, response) => {
    if (request.url.startsWith('/auth?') && !request.url.includes('prompt=')) {
      // Without this, the provider drops the scope offline_access, which MSAL requests and Entra ID grants.
      request.url += '&prompt=consent'
    }

    if (!request.url.startsWith('/interaction/')) {
      handle(request, response)
    } else if ((await provider.interactionDetails(request, response)).prompt.name === 'consent') {
      await provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true })
    } else if (request.method === 'GET') {
      response.setHeader('Content-Type', 'text/html').end(`<!doctype html><title>Provider</title><link rel="icon" href="data:,">
        <form method="post">
          <label>Login <input name="login"></label>
          <button name="do" value="in">Log in</button> <button name="do" value="no">Cancel</button>
        </form>`)
    } else {
      let body = ''
      for await (const chunk of request) body += chunk
      const form = new URLSearchParams(body)
      await provider.interactionFinished(request, response, form.get('do') === 'in'
        ? { login: { accountId: form.get('login') } }
        : { error: 'access_denied', error_description: 'The person cancelled the sign-in.' })
    }
  })
  console.log(issuer)
})
