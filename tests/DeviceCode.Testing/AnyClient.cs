namespace DeviceCode.Testing;

using DeviceCode.Core.Devices;

/// <summary>A policy under which every client may redeem its codes with all their scopes.</summary>
public sealed class AnyClient : IClientPolicy
{
    public DeviceAuthorization? Apply(DeviceAuthorization authorization) => authorization;
}
