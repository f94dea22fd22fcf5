namespace Headrace.Server.Security;

/// <summary>The secret in the registry from which servers on this store derive the keys of local workers.</summary>
internal sealed record WorkerSecretDocument(string Secret)
{
    /// <summary>The kind of the document in the registry.</summary>
    public const string Kind = "secret";

    /// <summary>The id of the only document.</summary>
    public const string Id = "worker-secret";

    /// <summary>Omits the secret. The record's generated ToString method would include it.</summary>
    public override string ToString() => Id;
}
