namespace Headrace.Cli.Settings;

/// <summary>
/// Settings by name, such as <c>queues:jobs</c>. In order of precedence, they come from the options of the command, the
/// environment (<c>HEADRACE_QUEUES__JOBS</c>), <c>./headrace.json</c>, and the user's configuration.
/// </summary>
/// <param name="layers">The layers, with the highest precedence first.</param>
internal sealed class SettingsSource(IReadOnlyList<SettingsLayer> layers)
{
    public Setting? this[string name] => LayerOf(name)?.Find(name);

    /// <summary>
    /// Reads the settings that <c>headrace up</c> uses in the current folder and environment. Unknown names in a file
    /// and misspelt variables are rejected, because a misspelt setting must not silently leave the default in effect.
    /// </summary>
    public static SettingsSource OfThisProcess(IReadOnlyDictionary<string, string?> flags)
    {
        var environment = SettingsLayer.OfEnvironment(Variables());
        SettingNames.RejectMisspelt(environment);
        return new SettingsSource([
            SettingsLayer.OfFlags(flags),
            environment,
            UserConfiguration.ReadFolder(),
            UserConfiguration.Read(),
        ]);
    }

    /// <summary>The layer with the highest precedence that has a setting, as a value, an array or an object.</summary>
    public SettingsLayer? LayerOf(string name) => layers.FirstOrDefault(layer => layer.Has(name));

    public string? Text(string name) => this[name]?.Text;

    public int Number(string name, int defaultValue) => (int)(this[name]?.Whole(int.MaxValue) ?? defaultValue);

    public long Number(string name, long defaultValue) => this[name]?.Whole(long.MaxValue) ?? defaultValue;

    public TimeSpan Duration(string name, TimeSpan defaultValue) => this[name]?.Duration() ?? defaultValue;

    public bool Flag(string name) => this[name]?.Flag() ?? false;

    public T Choice<T>(string name, T defaultValue)
        where T : struct, Enum => this[name]?.Choice<T>() ?? defaultValue;

    private static IEnumerable<KeyValuePair<string, string?>> Variables() =>
        from System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables()
        select KeyValuePair.Create((string)entry.Key, (string?)entry.Value);
}
