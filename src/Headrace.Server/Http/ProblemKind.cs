namespace Headrace.Server.Http;

/// <summary>
/// A kind of problem. Its name is the last part of the problem's <c>type</c>, which is also the address of its page.
/// </summary>
internal sealed record ProblemKind(string Name, int Status, string Title)
{
    /// <summary>The explanation, for a reader who sees this kind of problem for the first time.</summary>
    public required string Explanation { get; init; }

    /// <summary>How to solve the problem.</summary>
    public required string Remedy { get; init; }

    public string Address => $"/problems/{Name}";
}
