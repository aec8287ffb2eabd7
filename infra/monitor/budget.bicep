param name string

@description('The costs of a month, in the currency of the subscription.')
param amount int

@description('The first day of the first month. Azure does not allow changes to it later.')
param startDate string

param emails string[]

// Covers the resource group. A budget only warns: it stops nothing. Without e-mail addresses, the owners of the subscription are warned.
resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: startDate
    }
    notifications: {
      most: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: emails
        contactRoles: empty(emails) ? ['Owner'] : []
      }
      forecast: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: emails
        contactRoles: empty(emails) ? ['Owner'] : []
      }
    }
  }
}
