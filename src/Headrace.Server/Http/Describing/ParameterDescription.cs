namespace Headrace.Server.Http.Describing;

internal enum ParameterSource
{
    Path,
    Query,
    Header,
}

/// <summary>
/// A parameter of a route with its description and limits, used to generate the OpenAPI document and to validate the
/// query.
/// </summary>
internal record ParameterDescription(ParameterSource Source, string Name, string Description)
{
    public bool Required { get; init; }

    public static ParameterDescription Path(string name, string words) =>
        new(ParameterSource.Path, name, words) { Required = true };

    public static ParameterDescription Query(string name, string words) => new(ParameterSource.Query, name, words);

    public static ParameterDescription Header(string name, string words) => new(ParameterSource.Header, name, words);
}
