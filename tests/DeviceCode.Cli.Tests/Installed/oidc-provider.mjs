// npm's oidc-provider, as it comes, on the address that is given: one public client with the device flow. Anybody who signs in is
// who they say they are, which is what its development interactions do.
import * as http from 'node:http'
import Provider from 'oidc-provider'

const address = new URL(process.argv[2])
const provider = new Provider(address.origin, {
  clients: [{
    client_id: 'cli',
    client_name: 'A command line',
    token_endpoint_auth_method: 'none',
    application_type: 'native',
    grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    response_types: [],
    redirect_uris: [],
  }],
  claims: { openid: ['sub'], email: ['email'], profile: ['name'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: 'Alice Example', email: 'alice@example.com' }),
  }),
  features: { deviceFlow: { enabled: true }, revocation: { enabled: true }, devInteractions: { enabled: true } },
  scopes: ['openid', 'profile', 'email', 'offline_access'],
  ttl: { AccessToken: 62 },
})

const server = http.createServer(provider.callback())
server.on('error', (error) => {
  console.log(error.code === 'EADDRINUSE' ? 'address already in use' : error)
  process.exit(1)
})
server.listen(address.port, address.hostname, () => console.log('listening'))
