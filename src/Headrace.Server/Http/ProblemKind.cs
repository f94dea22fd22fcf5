namespace Headrace.Server.Http;

/// <summary>
/// One kind of refusal: its name is the end of the problem's <c>type</c> and the address of its page.
/// </summary>
internal sealed record ProblemKind(string Name, int Status, string Title)
{
    /// <summary>What has happened, for somebody who meets it the first time.</summary>
    public required string Explanation { get; init; }

    /// <summary>What to do about it.</summary>
    public required string Remedy { get; init; }

    public string Address => $"/problems/{Name}";
}
