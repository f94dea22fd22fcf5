namespace Headrace.Server.Http.Describing;

/// <summary>
/// Describes a route and its parameters. The OpenAPI document is generated from this description. Query parameters that
/// are not listed are rejected.
/// </summary>
/// <param name="Name">The operation id. Generated clients name their methods after it, so it must never change.</param>
/// <param name="Summary">A summary of the route in a few words.</param>
internal sealed record RouteDescription(string Name, string Summary)
{
    public string? Description { get; init; }

    /// <summary>The group under which the route is listed.</summary>
    public string Tag { get; init; } = "jobs";

    public IReadOnlyList<ParameterDescription> Parameters { get; init; } = [];

    public IReadOnlyList<BodyDescription> Bodies { get; init; } = [];

    public IReadOnlyList<ReplyDescription> Replies { get; init; } = [];

    /// <summary>The problems specific to this route, in addition to the problems in <see cref="Everywhere"/>.</summary>
    public IReadOnlyList<ProblemKind> Problems { get; init; } = [];

    /// <summary>
    /// Query parameters that the contract defines but this version does not support. An error message names them.
    /// </summary>
    public IReadOnlyList<string> UnsupportedQuery { get; init; } = [];

    /// <summary>
    /// Headers that the contract defines but this version does not support. An error message names them.
    /// </summary>
    public IReadOnlyList<string> UnsupportedHeaders { get; init; } = [];

    /// <summary>
    /// Whether query parameters that are not listed are allowed. Such parameters are passed to the method that the job
    /// calls.
    /// </summary>
    public bool AnyQuery { get; init; }

    /// <summary>The permission that the route requires.</summary>
    public required AccessLevel Access { get; init; }

    public static readonly IReadOnlyList<ProblemKind> Everywhere = [ProblemKinds.BadRequest, ProblemKinds.Unavailable];
}

/// <summary>
/// A supported format of the request body: its content type, its .NET type (null for bytes), and a description.
/// </summary>
internal sealed record BodyDescription(string ContentType, Type? Type, string Description);

/// <summary>A successful reply; a null type means bytes or text.</summary>
internal sealed record ReplyDescription(int Status, string ContentType, Type? Type, string Description)
{
    public static ReplyDescription Json<T>(int status, string words) =>
        new(status, "application/json", typeof(T), words);
}
