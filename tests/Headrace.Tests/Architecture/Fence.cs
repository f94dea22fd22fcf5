namespace Headrace.Tests.Architecture;

/// <summary>A fenced code block of a document: the info string after the three backticks, and the content.</summary>
internal sealed record Fence(string Words, string Text, int Line)
{
    /// <summary>Returns the code blocks of a Markdown text in order.</summary>
    public static IReadOnlyList<Fence> In(string markdown)
    {
        var fences = new List<Fence>();
        var lines = markdown.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
                continue;
            var end = Array.FindIndex(lines, i + 1, line => line == "```");
            if (end < 0)
                throw new FormatException($"The block in line {i + 1} has no end.");
            fences.Add(new Fence(lines[i][3..].Trim(), string.Join('\n', lines[(i + 1)..end]), i + 1));
            i = end;
        }
        return fences;
    }
}
