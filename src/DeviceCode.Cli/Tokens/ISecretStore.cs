namespace DeviceCode.Cli.Tokens;

/// <summary>Keeps one secret per profile.</summary>
internal interface ISecretStore
{
    /// <summary>The secret of a profile; null when there is none.</summary>
    byte[]? Load(string profile);

    /// <summary>Keeps the secret of a profile, in place of another.</summary>
    void Save(string profile, byte[] secret);

    /// <summary>Forgets the secret of a profile, if there is one.</summary>
    void Delete(string profile);
}
