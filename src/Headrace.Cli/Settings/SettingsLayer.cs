using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace Headrace.Cli.Settings;

/// <summary>
/// One source of settings: the options of the command, the environment, or a file. The value of a setting comes from
/// exactly one layer, so arrays in two layers are never merged.
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

    /// <summary>
    /// Creates a layer from command-line options, keyed by setting name. A null value means that the option was not
    /// given.
    /// </summary>
    public static SettingsLayer OfFlags(IReadOnlyDictionary<string, string?> flags) =>
        new(
            new MemoryConfigurationSource { InitialData = flags.Where(flag => flag.Value is not null) },
            name => "--" + name
        );

    /// <summary>
    /// Creates a layer from the environment variables whose names begin with <c>HEADRACE_</c>. Two underscores in a
    /// name represent a colon. An empty variable counts as unset.
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

    /// <summary>Returns the name of the environment variable for a setting.</summary>
    public static string VariableOf(string name) =>
        Prefix + name.ToUpperInvariant().Replace(":", "__", StringComparison.Ordinal);

    public string OriginOf(string name) => _origin(name);

    public Setting? Find(string name) => _values[name] is { } text ? new Setting(name, text, _origin(name)) : null;

    /// <summary>Returns the names one level below the given name, in order, such as the indexes of an array.</summary>
    public IReadOnlyList<string> ChildNames(string name) =>
        [.. _values.GetSection(name).GetChildren().Select(child => child.Key)];

    /// <summary>Returns whether the layer contains a setting, as a value, an array or an object.</summary>
    public bool Has(string name) => _values.GetSection(name).Exists();
}
