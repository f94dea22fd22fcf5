namespace Headrace.Server.Security;

/// <summary>
/// The admin, currently the only identity. Jobs that are submitted with the admin key have the owner "admin".
/// </summary>
internal sealed record AdminIdentity(string Key)
{
    public const string Name = "admin";

    /// <summary>Omits the key, which the ToString method generated for a record would include.</summary>
    public override string ToString() => Name;
}
