namespace Headrace.Server.Security;

/// <summary>The one identity there is yet: who shows its key is the owner "admin".</summary>
internal sealed record AdminIdentity(string Key)
{
    public const string Name = "admin";

    /// <summary>Without the key: records print themselves.</summary>
    public override string ToString() => Name;
}
