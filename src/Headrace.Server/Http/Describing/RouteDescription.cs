namespace Headrace.Server.Http.Describing;

/// <summary>
/// What a route is and takes, said once: the API's description is made from it, and a query member that it does not
/// name is refused.
/// </summary>
/// <param name="Name">The operation id: generated clients name their methods after it, so it never changes.</param>
/// <param name="Summary">What it does, in a few words.</param>
internal sealed record RouteDescription(string Name, string Summary)
{
    public string? Description { get; init; }

    /// <summary>The group it is shown in.</summary>
    public string Tag { get; init; } = "jobs";

    public IReadOnlyList<ParameterDescription> Parameters { get; init; } = [];

    public IReadOnlyList<BodyDescription> Bodies { get; init; } = [];

    public IReadOnlyList<ReplyDescription> Replies { get; init; } = [];

    /// <summary>The refusals that are its own; <see cref="Everywhere"/> come on top.</summary>
    public IReadOnlyList<ProblemKind> Problems { get; init; } = [];

    /// <summary>Query members of the contract that this version does not build: refused by name.</summary>
    public IReadOnlyList<string> UnsupportedQuery { get; init; } = [];

    /// <summary>Headers of the contract that this version does not build: refused by name.</summary>
    public IReadOnlyList<string> UnsupportedHeaders { get; init; } = [];

    /// <summary>Further query members belong to the caller: they are the method's parameters.</summary>
    public bool AnyQuery { get; init; }

    /// <summary>What a caller needs for it.</summary>
    public required AccessLevel Access { get; init; }

    public static readonly IReadOnlyList<ProblemKind> Everywhere = [ProblemKinds.BadRequest, ProblemKinds.Unavailable];
}

/// <summary>
/// A form of the request's body: its content type, the type behind it (null for bytes), and what it is.
/// </summary>
internal sealed record BodyDescription(string ContentType, Type? Type, string Description);

/// <summary>An answer that is not a problem; a type of null means bytes or text.</summary>
internal sealed record ReplyDescription(int Status, string ContentType, Type? Type, string Description)
{
    public static ReplyDescription Json<T>(int status, string words) =>
        new(status, "application/json", typeof(T), words);
}
