using Headrace.Server.Workers.Pools;

namespace Headrace.Cli.Settings;

/// <summary>
/// The settings that are more than one value. A file writes them as JSON; a flag or a variable writes them on one line.
/// </summary>
internal static class StructuredSettings
{
    private const string PoolsName = "pools";
    private const string SmallFirstName = "queues:small_first";

    /// <summary>The pools; null when no layer has any.</summary>
    public static IReadOnlyList<PoolOptions>? Pools(SettingsSource settings, List<string> faults) =>
        settings.LayerOf(PoolsName) is not { } layer ? null
        : layer.Find(PoolsName) is { } line ? PoolText.Read(line.Text, faults)
        : [.. layer.Below(PoolsName).Select(index => Pool(layer, $"{PoolsName}:{index}"))];

    /// <summary>
    /// <c>{"QUEUE": "PARAMETER"}</c> or <c>QUEUE=PARAMETER,…</c>; null when no layer has any.
    /// </summary>
    public static Dictionary<string, string>? SmallFirst(SettingsSource settings) =>
        settings.LayerOf(SmallFirstName) is not { } layer ? null
        : layer.Find(SmallFirstName) is { } line ? SmallFirst(line)
        : layer.Below(SmallFirstName).ToDictionary(QueueOf, queue => ParameterOf(layer, queue));

    // A variable's name is in upper case, a queue's never.
    private static string QueueOf(string key) => key.ToLowerInvariant();

    private static string ParameterOf(SettingsLayer layer, string queue) =>
        layer.Find($"{SmallFirstName}:{queue}") is { Text.Length: > 0 } parameter
            ? parameter.Text
            : throw new UsageException(
                $"The setting {SmallFirstName}:{queue} is empty ({layer.OriginOf(SmallFirstName)}). Give the "
                    + "parameter that says how large a job is."
            );

    private static PoolOptions Pool(SettingsLayer layer, string at)
    {
        var usual = new PoolOptions { Name = layer.Find($"{at}:name")?.Text ?? "" };
        return usual with
        {
            Methods = Methods(layer, $"{at}:methods"),
            Min = (int)(layer.Find($"{at}:min")?.Whole(int.MaxValue) ?? usual.Min),
            Max = (int)(layer.Find($"{at}:max")?.Whole(int.MaxValue) ?? usual.Max),
            UpAfter = layer.Find($"{at}:up_after")?.Duration(),
            IdleAfter = layer.Find($"{at}:idle_after")?.Duration(),
        };
    }

    private static string[] Methods(SettingsLayer layer, string at) =>
        layer.Find(at) is { Text.Length: > 0 } line
            ? line.Text.Split(',')
            : [.. layer.Below(at).Select(index => layer.Find($"{at}:{index}")?.Text ?? "")];

    private static Dictionary<string, string> SmallFirst(Setting line)
    {
        var queues = new Dictionary<string, string>();
        foreach (
            var part in line.Text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        )
        {
            if (part.Split('=') is not [{ Length: > 0 } queue, { Length: > 0 } parameter])
                throw new UsageException(
                    $"The setting {line.Name} is '{line.Text}' ({line.Origin}). Give QUEUE=PARAMETER, such as "
                        + "seed001=iterations; several with commas."
                );
            queues[queue] = parameter;
        }
        return queues;
    }
}
