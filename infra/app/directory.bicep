extension microsoftGraphV1

@description('The object id of the app\'s identity.')
param principalId string

// Microsoft Graph itself, and its application permission User.Read.All. Both ids are the same in every tenant.
resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}

// The deployer needs AppRoleAssignment.ReadWrite.All or the role Privileged Role Administrator.
resource readUsers 'Microsoft.Graph/appRoleAssignedTo@v1.0' = {
  appRoleId: 'df021288-bdef-4463-88db-98f22de89214'
  principalId: principalId
  resourceId: graph.id
}
