namespace Headrace.Cli.Settings;

/// <summary>The two files that settings may come from.</summary>
internal static class UserConfiguration
{
    public const string FolderFile = "headrace.json";

    /// <summary>
    /// The server of a user's own configuration. It is not read from <c>./headrace.json</c>: whoever can put a file
    /// into a folder could else have the key of <c>HEADRACE_KEY</c> sent to a server of theirs.
    /// </summary>
    public const string Server = "server";

    public static string Path
    {
        get
        {
            var set = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");
            var below = string.IsNullOrEmpty(set)
                ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config")
                : set;
            return System.IO.Path.Combine(below, "headrace", "config.json");
        }
    }

    public static IReadOnlyDictionary<string, string> Read() => SettingsFile.Read(Path, [Server, .. UpSettings.Names]);

    public static IReadOnlyDictionary<string, string> ReadFolder() =>
        SettingsFile.Read(System.IO.Path.Combine(Environment.CurrentDirectory, FolderFile), UpSettings.Names);
}
