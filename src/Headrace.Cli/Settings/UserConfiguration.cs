using Headrace.Commands;
using Headrace.Protocol.Local;

namespace Headrace.Cli.Settings;

/// <summary>Reads the two settings files: <c>./headrace.json</c> and the user's configuration.</summary>
internal static class UserConfiguration
{
    public const string FolderFile = "./headrace.json";

    /// <summary>
    /// The server that commands connect to. This setting is not read from <c>./headrace.json</c>: otherwise anyone who
    /// can write a file into the current folder could have the key in <c>HEADRACE_KEY</c> sent to another server.
    /// </summary>
    public const string Server = "server";

    /// <summary>The server specified in the user's configuration; null if none is specified.</summary>
    public static NamedServer? NamedServer =>
        Read().Find(Server) is { } setting ? new NamedServer(setting.Text, setting.Origin) : null;

    /// <summary>Reads the user's file. A user without a home folder has none.</summary>
    public static SettingsLayer Read() =>
        LocalPaths.UserSettings is { } path
            ? SettingsFile.Read(path, path, Server)
            : SettingsFile.Parse("{}", "the user's configuration");

    public static SettingsLayer ReadFolder() => SettingsFile.Read(FolderFile, FolderFile);
}
