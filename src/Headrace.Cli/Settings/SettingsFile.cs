using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration.Json;

namespace Headrace.Cli.Settings;

/// <summary>
/// A settings file: a JSON object, comments and trailing commas allowed. A name that is not a setting is refused: a
/// misspelt one must not silently mean the default.
/// </summary>
internal static class SettingsFile
{
    /// <param name="path">The file; one that does not exist holds no settings.</param>
    /// <param name="origin">What <c>config show</c> and messages call it.</param>
    /// <param name="also">Names that this file may hold beside the settings of the server.</param>
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
                    $"The settings file {origin} names '{name}', which is not a setting there. The nearest is "
                        + $"'{SettingNames.Nearest(name, also).Name}'; `headrace config show` lists all."
                );
        return layer;
    }
}
