namespace Headrace.Server.Security;

/// <summary>The only identity so far: a caller who sends its key is the owner "admin".</summary>
internal sealed record AdminIdentity(string Key)
{
    public const string Name = "admin";

    /// <summary>Omits the key, which the generated method of a record would print.</summary>
    public override string ToString() => Name;
}
