namespace Headrace.Server.Http.Describing;

internal enum ParameterPlace
{
    Path,
    Query,
    Header,
}

/// <summary>
/// A parameter of a route, in words and bounds: the API's description and the check of the query read the same note.
/// </summary>
internal record ParameterNote(ParameterPlace Place, string Name, string Words)
{
    public bool Required { get; init; }

    public static ParameterNote Path(string name, string words) =>
        new(ParameterPlace.Path, name, words) { Required = true };

    public static ParameterNote Query(string name, string words) => new(ParameterPlace.Query, name, words);

    public static ParameterNote Header(string name, string words) => new(ParameterPlace.Header, name, words);
}
