param namePrefix string
param actionGroupName string
param location string
param tags object
param logAnalyticsName string

@description('Who is told; with nobody, alerts show in the portal only.')
param emails string[]

// Each query says when to worry, by finding something. The thresholds are for a service of some thousand logins a day: know your own.
// The first two look at the Functions host's requests, the others at what the service itself tells (docs/deploy.md).
var alerts = [
  {
    name: 'failures'
    displayName: 'Requests fail'
    description: 'More than one request in a hundred, and at least five, was answered with a 5xx. A 503 means that storage does not answer.'
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    query: '''
      AppRequests
      | where isnotempty(Url)
      | summarize Requests = sum(ItemCount), Failed = sumif(ItemCount, toint(ResultCode) >= 500)
      | where Failed >= 5 and Failed * 100 > Requests
    '''
  }
  {
    name: 'latency'
    displayName: 'Requests are slow'
    description: 'One request in twenty took longer than two seconds.'
    severity: 2
    frequency: 'PT5M'
    window: 'PT15M'
    query: '''
      AppRequests
      | where isnotempty(Url)
      | summarize Requests = sum(ItemCount), P95 = percentilew(DurationMs, ItemCount, 95)
      | where Requests >= 100 and P95 > 2000
    '''
  }
  {
    name: 'codes'
    displayName: 'Few networks ask for many codes'
    description: 'Somebody collects codes, to phish with or to fill the tables. Networks have another alias on each instance, so there are fewer of them than it seems.'
    severity: 2
    frequency: 'PT15M'
    window: 'PT15M'
    query: '''
      AppTraces
      | where tostring(Properties.EventName) in ('CodesIssued', 'CodesRefused')
      | summarize Codes = count(), Networks = dcount(tostring(Properties.Network))
      | where Codes >= 200 and Codes > 20 * Networks
    '''
  }
  {
    name: 'approvals'
    displayName: 'One person approves many devices'
    description: 'Somebody has been tricked into it, or somebody else acts for them. UserId is their object id in the directory.'
    severity: 2
    frequency: 'PT15M'
    window: 'PT1H'
    query: '''
      AppTraces
      | where tostring(Properties.EventName) == 'Decided' and tostring(Properties.Decision) == 'approved'
      | summarize Approvals = count(), OtherNetwork = countif(tostring(Properties.SameNetwork) == 'False') by UserId = tostring(Properties.UserId)
      | where Approvals > 10
    '''
  }
  {
    name: 'guesses'
    displayName: 'Many wrong user codes'
    description: 'Somebody guesses. UserCodeInvalid and UserCodeRefused in the audit trail tell who.'
    severity: 2
    frequency: 'PT15M'
    window: 'PT15M'
    query: '''
      AppMetrics
      | where Name == 'devicecode.user_codes.wrong' or (Name == 'devicecode.requests.refused' and tostring(Properties['devicecode.limit']) == 'wrong_user_codes')
      | summarize Wrong = sum(Sum)
      | where Wrong >= 50
    '''
  }
  {
    name: 'incidents'
    displayName: 'A code or token was presented by the wrong party'
    description: 'A spent refresh token was used again, and its grant is revoked; or a code was redeemed with a wrong verifier. Either may be theft.'
    severity: 2
    frequency: 'PT15M'
    window: 'PT15M'
    query: '''
      AppTraces
      | where tostring(Properties.EventName) == 'Incident'
    '''
  }
]

resource logAnalytics 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: logAnalyticsName
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'devicecode'
    enabled: true
    emailReceivers: [
      for email in emails: {
        name: email
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in alerts: {
    name: '${namePrefix}${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'DeviceCode: ${alert.displayName}'
      description: alert.description
      severity: alert.severity
      enabled: true
      autoMitigate: true
      evaluationFrequency: alert.frequency
      windowSize: alert.window
      scopes: [logAnalytics.id]
      // The tables have no columns before the first telemetry.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: empty(emails) ? [] : [actionGroup.id]
      }
    }
  }
]
