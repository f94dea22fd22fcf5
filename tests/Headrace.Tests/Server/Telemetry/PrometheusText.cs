using System.Globalization;
using System.Text.RegularExpressions;

namespace Headrace.Tests.Server.Telemetry;

/// <summary>Reads metrics in the Prometheus text format.</summary>
internal sealed partial class PrometheusText
{
    private readonly List<(string Name, Dictionary<string, string> Labels, double Value)> _samples = [];

    public PrometheusText(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
                Types[line.Split(' ')[2]] = line.Split(' ')[3];
            else if (!line.StartsWith('#'))
                _samples.Add(Read(line));
    }

    /// <summary>Gets the type of each metric, such as counter.</summary>
    public Dictionary<string, string> Types { get; } = [];

    public int Count => _samples.Count;

    /// <summary>Returns the value of the only series with these labels, such as <c>("queue", "eu")</c>.</summary>
    public double Value(string name, params (string Name, string Value)[] labels) =>
        Find(name, labels) is [var only]
            ? only
            : throw new InvalidOperationException(
                $"{name} with {string.Join(", ", labels)} has {Find(name, labels).Count} series."
            );

    public List<double> Find(string name, params (string Name, string Value)[] labels) =>
        [
            .. _samples
                .Where(sample =>
                    sample.Name == name
                    && labels.All(label => sample.Labels.GetValueOrDefault(label.Name) == label.Value)
                )
                .Select(sample => sample.Value),
        ];

    /// <summary>Returns the distinct values of a metric's label.</summary>
    public HashSet<string> Labels(string name, string label) =>
        [.. _samples.Where(sample => sample.Name == name).Select(sample => sample.Labels.GetValueOrDefault(label, ""))];

    private static (string, Dictionary<string, string>, double) Read(string line)
    {
        var match = Sample().Match(line);
        if (!match.Success)
            throw new FormatException($"'{line}' is not a sample.");
        return (
            match.Groups[1].Value,
            Label().Matches(match.Groups[2].Value).ToDictionary(label => label.Groups[1].Value, l => l.Groups[2].Value),
            double.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture)
        );
    }

    [GeneratedRegex(@"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)(?: \d+)?$")]
    private static partial Regex Sample();

    [GeneratedRegex("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Label();
}
