namespace Headrace.Bench;

/// <summary>Wraps the paragraphs of the recorded pages at 120 columns.</summary>
internal static class Paragraph
{
    private const int Width = 120;

    public static string Wrap(string text)
    {
        var lines = new List<string>();
        foreach (var word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            if (lines.Count > 0 && lines[^1].Length + 1 + word.Length <= Width)
                lines[^1] += " " + word;
            else
                lines.Add(word);
        return string.Join('\n', lines);
    }
}
