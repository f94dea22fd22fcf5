namespace Headrace.Tests.Architecture;

/// <summary>A fenced code block in a document: the info string after the three backticks, and the content.</summary>
internal sealed record CodeBlock(string Info, string Text, int Line)
{
    /// <summary>Returns the code blocks of a Markdown text in document order.</summary>
    public static IReadOnlyList<CodeBlock> In(string markdown)
    {
        var blocks = new List<CodeBlock>();
        var lines = markdown.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
                continue;
            var end = Array.FindIndex(lines, i + 1, line => line == "```");
            if (end < 0)
                throw new FormatException($"The code block at line {i + 1} is not closed.");
            blocks.Add(new CodeBlock(lines[i][3..].Trim(), string.Join('\n', lines[(i + 1)..end]), i + 1));
            i = end;
        }
        return blocks;
    }
}
