namespace Headrace.Server.Security;

/// <summary>
/// The admin, currently the only identity. A caller that sends the admin key is the owner "admin" of the jobs that it
/// submits.
/// </summary>
internal sealed record AdminIdentity(string Key)
{
    public const string Name = "admin";

    /// <summary>Omits the key, which the ToString method generated for a record would include.</summary>
    public override string ToString() => Name;
}
