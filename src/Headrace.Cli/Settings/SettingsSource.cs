namespace Headrace.Cli.Settings;

/// <summary>
/// Settings by name, <c>queues:jobs</c>. Flags win over the environment (<c>HEADRACE_QUEUES__JOBS</c>), which wins over
/// <c>./headrace.json</c>, which wins over the user's configuration.
/// </summary>
/// <param name="layers">The strongest first.</param>
internal sealed class SettingsSource(IReadOnlyList<SettingsLayer> layers)
{
    public Setting? this[string name] => LayerOf(name)?.Find(name);

    /// <summary>
    /// What <c>headrace up</c> would use here. Unknown names in a file, and misspelt ones in the environment, are
    /// refused: they must not silently mean the default.
    /// </summary>
    public static SettingsSource OfThisProcess(IReadOnlyDictionary<string, string?> flags)
    {
        var environment = SettingsLayer.OfEnvironment(Variables());
        SettingNames.RefuseMisspelt(environment);
        return new SettingsSource([
            SettingsLayer.OfFlags(flags),
            environment,
            UserConfiguration.ReadFolder(),
            UserConfiguration.Read(),
        ]);
    }

    /// <summary>The strongest layer that has a setting, as a value or as an array or object.</summary>
    public SettingsLayer? LayerOf(string name) => layers.FirstOrDefault(layer => layer.Has(name));

    public string? Text(string name) => this[name]?.Text;

    public int Number(string name, int otherwise) => (int)(this[name]?.Whole(int.MaxValue) ?? otherwise);

    public long Number(string name, long otherwise) => this[name]?.Whole(long.MaxValue) ?? otherwise;

    public TimeSpan Duration(string name, TimeSpan otherwise) => this[name]?.Duration() ?? otherwise;

    public T Choice<T>(string name, T otherwise)
        where T : struct, Enum => this[name]?.Choice<T>() ?? otherwise;

    private static IEnumerable<KeyValuePair<string, string?>> Variables() =>
        from System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables()
        select KeyValuePair.Create((string)entry.Key, (string?)entry.Value);
}
