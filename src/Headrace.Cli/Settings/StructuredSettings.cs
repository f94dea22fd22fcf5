using Headrace.Commands;
using Headrace.Server.Hosting;
using Headrace.Server.Pools;

namespace Headrace.Cli.Settings;

/// <summary>
/// Reads the settings that are arrays or objects. A file contains them as JSON; an option or an environment variable
/// contains them as one line of text.
/// </summary>
internal static class StructuredSettings
{
    private const string PoolsName = "pools";
    private const string HostNamesName = "host_names";
    private const string WebhookNetworksName = "webhooks:networks";
    private const string SmallFirstName = "queues:small_first";

    private static readonly Dictionary<string, DemoSystems> Demos = Enum.GetValues<DemoSystems>()
        .Where(system => system != DemoSystems.None)
        .ToDictionary(Setting.ToWireName);

    /// <summary>Returns the pools; null if no layer defines any.</summary>
    public static IReadOnlyList<PoolOptions>? Pools(SettingsSource settings, List<string> errors) =>
        settings.LayerOf(PoolsName) is not { } layer ? null
        : layer.Find(PoolsName) is { } line ? PoolText.Read(line.Text, errors)
        : [.. layer.ChildNames(PoolsName).Select(index => Pool(layer, $"{PoolsName}:{index}"))];

    /// <summary>The additional host names of the server; empty if no layer defines any.</summary>
    public static string[] HostNames(SettingsSource settings) =>
        settings.LayerOf(HostNamesName) is { } layer ? List(layer, HostNamesName) : [];

    /// <summary>Returns the networks to which webhooks may be sent; empty if no layer defines any.</summary>
    public static string[] WebhookNetworks(SettingsSource settings) =>
        settings.LayerOf(WebhookNetworksName) is { } layer ? List(layer, WebhookNetworksName) : [];

    /// <summary>
    /// Reads <c>{"QUEUE": "PARAMETER"}</c> or <c>QUEUE=PARAMETER,…</c>; null if no layer defines the setting.
    /// </summary>
    public static Dictionary<string, string>? SmallFirst(SettingsSource settings) =>
        settings.LayerOf(SmallFirstName) is not { } layer ? null
        : layer.Find(SmallFirstName) is { } line ? SmallFirst(line)
        : layer.ChildNames(SmallFirstName).ToDictionary(QueueOf, queue => ParameterOf(layer, queue));

    /// <summary>Reads the names of demo systems, separated by commas. Returns none if no layer names any.</summary>
    public static DemoSystems Demo(SettingsSource settings)
    {
        if (settings["demo"] is not { } line)
            return DemoSystems.None;
        var demo = DemoSystems.None;
        foreach (var name in line.Text.Split(',', StringSplitOptions.TrimEntries))
            demo |= Demos.TryGetValue(name, out var system)
                ? system
                : throw new UsageException(
                    $"The demo setting is '{line.Text}' ({line.Origin}), which is not valid. Valid values: "
                        + $"{string.Join(", ", Demos.Keys)}. Separate multiple values with commas."
                );
        return demo;
    }

    /// <summary>Returns the text that <see cref="Demo"/> reads; null if there is no demo system.</summary>
    public static string? DemoText(DemoSystems demo) =>
        demo == DemoSystems.None
            ? null
            : string.Join(',', Demos.Where(system => demo.HasFlag(system.Value)).Select(system => system.Key));

    // A queue name that comes from an environment variable is in upper case, but queue names are in lower case.
    private static string QueueOf(string key) => key.ToLowerInvariant();

    private static string ParameterOf(SettingsLayer layer, string queue) =>
        layer.Find($"{SmallFirstName}:{queue}") is { Text.Length: > 0 } parameter
            ? parameter.Text
            : throw new UsageException(
                $"The {SmallFirstName}:{queue} setting is empty ({layer.OriginOf(SmallFirstName)}). Set it "
                    + "to the name of the parameter that determines the size of a job."
            );

    private static PoolOptions Pool(SettingsLayer layer, string path)
    {
        var defaults = new PoolOptions { Name = layer.Find($"{path}:name")?.Text ?? "" };
        return defaults with
        {
            Methods = List(layer, $"{path}:methods"),
            Command = layer.Has($"{path}:command") ? Command(layer, $"{path}:command") : null,
            Min = (int)(layer.Find($"{path}:min")?.Whole(int.MaxValue) ?? defaults.Min),
            Max = (int)(layer.Find($"{path}:max")?.Whole(int.MaxValue) ?? defaults.Max),
            UpAfter = layer.Find($"{path}:up_after")?.Duration(),
            IdleAfter = layer.Find($"{path}:idle_after")?.Duration(),
        };
    }

    private static PoolCommand Command(SettingsLayer layer, string path) =>
        new()
        {
            Program = layer.Find($"{path}:program")?.Text ?? "",
            Args =
            [
                .. layer.ChildNames($"{path}:args").Select(index => layer.Find($"{path}:args:{index}")?.Text ?? ""),
            ],
            Env = layer
                .ChildNames($"{path}:env")
                .ToDictionary(name => name, name => layer.Find($"{path}:env:{name}")?.Text ?? ""),
            Cwd = layer.Find($"{path}:cwd")?.Text,
        };

    /// <summary>Reads <c>["VALUE", …]</c> or <c>VALUE,…</c>.</summary>
    private static string[] List(SettingsLayer layer, string path) =>
        layer.Find(path) is { Text.Length: > 0 } line
            ? line.Text.Split(',', StringSplitOptions.TrimEntries)
            : [.. layer.ChildNames(path).Select(index => layer.Find($"{path}:{index}")?.Text ?? "")];

    private static Dictionary<string, string> SmallFirst(Setting line)
    {
        var queues = new Dictionary<string, string>();
        foreach (
            var part in line.Text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        )
        {
            if (part.Split('=') is not [{ Length: > 0 } queue, { Length: > 0 } parameter])
                throw new UsageException(
                    $"The {line.Name} setting is '{line.Text}' ({line.Origin}). Use QUEUE=PARAMETER, such as "
                        + "seed001=iterations. Separate multiple pairs with commas."
                );
            queues[queue] = parameter;
        }
        return queues;
    }
}
