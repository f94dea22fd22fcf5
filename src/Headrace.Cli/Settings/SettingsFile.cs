using System.Text;
using System.Text.Json;
using Headrace.Commands;
using Microsoft.Extensions.Configuration.Json;

namespace Headrace.Cli.Settings;

/// <summary>
/// A settings file: a JSON object that may contain comments and trailing commas. Unknown names are rejected, because a
/// misspelt setting must not silently leave the default in effect.
/// </summary>
internal static class SettingsFile
{
    /// <param name="path">The path of the file. A missing file is treated as a file without settings.</param>
    /// <param name="origin">The name of the file in <c>config show</c> and in messages.</param>
    /// <param name="also">Setting names that this file may contain in addition to the server's settings.</param>
    public static SettingsLayer Read(string path, string origin, params IReadOnlyCollection<string> also)
    {
        try
        {
            return Parse(File.Exists(path) ? File.ReadAllText(path) : "{}", origin, also);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The settings file {origin} cannot be read: {unreadable.Message}");
        }
    }

    public static SettingsLayer Parse(string json, string origin, params IReadOnlyCollection<string> also)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        SettingsLayer layer;
        try
        {
            layer = SettingsLayer.Of(new JsonStreamConfigurationSource { Stream = stream }, origin);
        }
        catch (Exception broken) when (broken is JsonException or FormatException)
        {
            throw new UsageException($"The settings file {origin} cannot be read: {broken.Message}");
        }
        foreach (var name in layer.Names)
            if (!SettingNames.IsKnown(name) && !also.Contains(name))
                throw new UsageException(
                    $"The settings file {origin} contains the unknown setting '{name}'. Did you mean "
                        + $"'{SettingNames.Nearest(name, also).Name}'? `headrace config show` lists all settings."
                );
        return layer;
    }
}
