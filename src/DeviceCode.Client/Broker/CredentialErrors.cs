namespace DeviceCode.Client;

/// <summary>Translates the errors of the credential broker into messages for the user.</summary>
internal static class CredentialErrors
{
    private const string AddAgain = "Add the credential again.";

    /// <summary>Returns the failure that a response without success stands for.</summary>
    /// <param name="response">The response.</param>
    /// <param name="service">The service, for messages.</param>
    /// <param name="owner">The owner that sent the request.</param>
    /// <param name="name">The name of the credential; null for a request without one.</param>
    public static DeviceLoginException Of(ServerResponse response, Provider service, CredentialOwner owner, string? name)
    {
        var error = response.Error;

        // A page of a proxy or a gateway has no error code, and says nothing about the credential.
        var (failure, message, fix) = error is null ? default : response.Status switch
        {
            400 => Invalid(error, service.Name),
            401 => Unauthorized(service.Name, owner),
            403 when error == "insufficient_scope" => (
                DeviceLoginFailure.Configuration,
                "The access token does not include the scope for this credential.",
                "Sign in again with the scope \"creds\", or \"creds:\" and the id of the provider."),
            403 => (
                DeviceLoginFailure.Policy,
                $"{service.Name} or the provider denies access to the credential.",
                "Use another provider or account, or ask the operator of the service for access."),
            404 when error == "not_found" && name is not null => (
                DeviceLoginFailure.SignInAgain,
                $"There is no credential \"{name}\" at {service.Name}.",
                "Check the name, or add the credential."),
            404 => (
                DeviceLoginFailure.Configuration,
                $"{service.Name} has no credential broker at the requested URL.",
                "Check the URL of the service, and whether its operator has enabled the broker."),
            409 => (DeviceLoginFailure.Network, $"Another request changes the credential \"{name}\" at the same time.", "Try again."),
            410 => Ended(error, name),
            412 => (
                DeviceLoginFailure.Configuration,
                $"There already is a credential \"{name}\" at {service.Name}.",
                "Choose another name, or replace the credential."),
            502 when error == "provider_error" => (
                DeviceLoginFailure.Protocol,
                $"The provider rejects the registration of {service.Name}, or returned an invalid response.",
                "Report it to the operator of the service."),
            _ => default,
        };
        var known = message is null ? ServerErrors.Of(response, service) : new DeviceLoginException(failure, message, fix);

        // The service's sentence names the limit, the scope or the parameter that is wrong, which the status does not.
        return new DeviceLoginException(
            known.Failure,
            response.ErrorDescription is { } detail && response.Status is 400 or 403 or 409 or 429 or 502 or 503
                ? $"{known.Message.TrimEnd('.')}: {detail.TrimEnd('.')}."
                : known.Message,
            known.Fix,
            known.InnerException)
        {
            Error = error,
            ErrorDescription = response.ErrorDescription,
            Status = response.Status == 0 ? null : response.Status,
            RetryAfter = response.RetryAfter,
        };
    }

    private static (DeviceLoginFailure Failure, string Message, string Fix) Invalid(string error, string service) => error switch
    {
        "unknown_provider" => (
            DeviceLoginFailure.Configuration,
            $"{service} does not know the provider, or does not offer it to this client.",
            "Use one of the providers that the service lists."),
        "invalid_scope" => (
            DeviceLoginFailure.Configuration,
            $"{service} does not allow the requested scope.",
            "Request only scopes that the service lists for the provider."),
        "unsupported_grant_type" => (
            DeviceLoginFailure.Configuration,
            $"{service} does not support this kind of login at the provider.",
            "Use one of the grants that the service lists for the provider."),
        "invalid_grant" => (
            DeviceLoginFailure.InvalidCode,
            "The provider does not accept the code or the refresh token.",
            "Sign in at the provider again."),
        _ => (
            DeviceLoginFailure.Configuration,
            $"{service} rejected the request as invalid.",
            "Check the name, the account and the scope."),
    };

    private static (DeviceLoginFailure Failure, string Message, string Fix) Unauthorized(
        string service, CredentialOwner owner) => owner switch
        {
            CredentialOwner.Session => (
                DeviceLoginFailure.SignInAgain,
                $"{service} no longer accepts the session, which has ended or expired.",
                "Add the credential again, in a new session."),
            CredentialOwner.User => (
                DeviceLoginFailure.SignInAgain, $"{service} no longer accepts the access token.", "Sign in again."),
            _ => (
                DeviceLoginFailure.SignInAgain,
                $"{service} does not offer this provider without a login.",
                "Sign in to the service with the scope \"creds\" first."),
        };

    // The same response for a week, so the user learns the reason however late they look.
    private static (DeviceLoginFailure Failure, string Message, string Fix) Ended(string error, string? name) => error switch
    {
        "access_denied" => (DeviceLoginFailure.Denied, $"The user denied the credential \"{name}\".", $"{AddAgain[..^1]} and approve it."),
        "expired_token" => (
            DeviceLoginFailure.Expired,
            $"The code expired before the credential \"{name}\" was approved.",
            $"{AddAgain[..^1]} to get a new code."),
        "account_mismatch" => (
            DeviceLoginFailure.Policy,
            $"The credential \"{name}\" was approved by another account than the required one.",
            $"{AddAgain[..^1]} and sign in at the provider with the required account."),
        "answer_lost" => (
            DeviceLoginFailure.SignInAgain,
            $"The credential \"{name}\" has ended: the provider's response to a refresh was lost, and it does not repeat it.",
            AddAgain),
        "provider_error" => (
            DeviceLoginFailure.Protocol,
            $"The credential \"{name}\" has ended: the provider returned an invalid response.",
            $"{AddAgain[..^1]}; if it fails again, report it to the operator of the service."),
        _ => (
            DeviceLoginFailure.SignInAgain,
            $"The credential \"{name}\" has ended: the provider no longer accepts its refresh token, which expired or was revoked.",
            AddAgain),
    };
}
