namespace Headrace.Server.Http;

/// <summary>
/// One kind of problem. Its name is the end of the problem's <c>type</c> and of the address of its page.
/// </summary>
internal sealed record ProblemKind(string Name, int Status, string Title)
{
    /// <summary>What happened, written for a reader who meets the problem for the first time.</summary>
    public required string Explanation { get; init; }

    /// <summary>How to solve the problem.</summary>
    public required string Remedy { get; init; }

    public string Address => $"/problems/{Name}";
}
