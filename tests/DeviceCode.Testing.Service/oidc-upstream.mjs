// A provider for the tests of the credential broker: npm's oidc-provider with the device and the code grant, rotation and revocation. Its
// development pages sign any user in. Arguments: the callback of the broker. Prints the issuer once it listens.
import http from 'node:http'
import { Provider } from 'oidc-provider'

const [callback] = process.argv.slice(2)
const server = http.createServer()

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'broker', client_secret: 'secret-of-the-broker', token_endpoint_auth_method: 'client_secret_basic', application_type: 'native',
      redirect_uris: [callback], response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    }],
    scopes: ['openid', 'offline_access', 'email', 'profile'],
    claims: { openid: ['sub'], email: ['email'], profile: ['name'] },
    conformIdTokenClaims: false,
    features: { deviceFlow: { enabled: true }, revocation: { enabled: true }, devInteractions: { enabled: true } },
    pkce: { required: () => false },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    ttl: { AccessToken: 2, DeviceCode: 600 },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@upstream.example`, name: id }) }),
    cookies: { keys: ['not a secret: only for this process'] },
  })
  const handle = provider.callback()
  server.on('request', (request, response) => {
    // The development pages load a font from the internet, which a test must not.
    const end = response.end.bind(response)
    response.end = (chunk, ...rest) => {
      if (!chunk || !String(response.getHeader('Content-Type')).startsWith('text/html')) return end(chunk, ...rest)
      const page = chunk.toString().replace(/@import url\(https:[^)]*\);?/g, '')
      response.setHeader('Content-Length', Buffer.byteLength(page))
      return end(page, ...rest)
    }
    handle(request, response)
  })
  console.log(issuer)
})
