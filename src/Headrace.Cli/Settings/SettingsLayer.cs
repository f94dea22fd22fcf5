using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace Headrace.Cli.Settings;

/// <summary>
/// One source of settings: the flags, the environment, or a file. A setting is found whole in one layer: an array in a
/// file is never mixed with that of another layer, as merging by index would do.
/// </summary>
internal sealed class SettingsLayer
{
    private const string Prefix = "HEADRACE_";

    private readonly IConfigurationRoot _values;
    private readonly Func<string, string> _origin;

    private SettingsLayer(IConfigurationSource source, Func<string, string> origin)
    {
        _values = new ConfigurationBuilder().Add(source).Build();
        _origin = origin;
    }

    /// <summary>Every name that has a value, such as <c>queues:jobs</c> or <c>pools:0:name</c>.</summary>
    public IEnumerable<string> Names =>
        _values.AsEnumerable().Where(pair => pair.Value is not null).Select(pair => pair.Key.ToLowerInvariant());

    public static SettingsLayer Of(IConfigurationSource source, string origin) => new(source, _ => origin);

    /// <summary>Flags by the name of their setting; those without a value were not given.</summary>
    public static SettingsLayer OfFlags(IReadOnlyDictionary<string, string?> flags) =>
        new(
            new MemoryConfigurationSource { InitialData = flags.Where(flag => flag.Value is not null) },
            name => "--" + name
        );

    /// <summary>
    /// Variables that begin with <c>HEADRACE_</c>; two underscores stand for the colon, and an empty one is not set.
    /// </summary>
    public static SettingsLayer OfEnvironment(IEnumerable<KeyValuePair<string, string?>> variables) =>
        new(
            new MemoryConfigurationSource
            {
                InitialData = variables
                    .Where(pair =>
                        pair.Key.StartsWith(Prefix, StringComparison.Ordinal) && pair.Value is { Length: > 0 }
                    )
                    .Select(pair =>
                        KeyValuePair.Create(
                            pair.Key[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal),
                            pair.Value
                        )
                    ),
            },
            VariableOf
        );

    /// <summary>The variable of a setting.</summary>
    public static string VariableOf(string name) =>
        Prefix + name.ToUpperInvariant().Replace(":", "__", StringComparison.Ordinal);

    public string OriginOf(string name) => _origin(name);

    public Setting? Find(string name) => _values[name] is { } text ? new Setting(name, text, _origin(name)) : null;

    /// <summary>The names directly below a name, such as the indexes of an array; in their order.</summary>
    public IReadOnlyList<string> Below(string name) =>
        [.. _values.GetSection(name).GetChildren().Select(child => child.Key)];

    /// <summary>Whether the layer says anything about a setting.</summary>
    public bool Has(string name) => _values.GetSection(name).Exists();
}
