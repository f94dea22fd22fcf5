using System.Globalization;
using Headrace.Commands;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Settings;

/// <summary>A setting as text, and where it was found.</summary>
internal sealed record Setting(string Text, string Origin);

/// <summary>
/// Settings by name, <c>queues:jobs</c>: flags win over <c>HEADRACE_QUEUES__JOBS</c>, that over <c>./headrace.json</c>,
/// that over the user's configuration.
/// </summary>
internal sealed class SettingsSource(
    IReadOnlyDictionary<string, string?> flags,
    Func<string, string?> environment,
    IReadOnlyDictionary<string, string> folder,
    IReadOnlyDictionary<string, string> user
)
{
    public Setting? this[string name]
    {
        get
        {
            if (flags.GetValueOrDefault(name) is { } flag)
                return new Setting(flag, "--" + name);
            var variable = "HEADRACE_" + name.ToUpperInvariant().Replace(":", "__", StringComparison.Ordinal);
            if (environment(variable) is { Length: > 0 } set)
                return new Setting(set, variable);
            if (folder.GetValueOrDefault(name) is { } here)
                return new Setting(here, "./" + UserConfiguration.FolderFile);
            return user.GetValueOrDefault(name) is { } ours ? new Setting(ours, UserConfiguration.Path) : null;
        }
    }

    public string? Text(string name) => this[name]?.Text;

    public int Number(string name, int otherwise) => (int)Whole(name, otherwise, int.MaxValue);

    public long Number(string name, long otherwise) => Whole(name, otherwise, long.MaxValue);

    public TimeSpan Duration(string name, TimeSpan otherwise)
    {
        if (this[name] is not { } setting)
            return otherwise;
        return DurationText.TryParse(setting.Text, out var duration)
            ? duration
            : throw new UsageException(
                $"The setting {name} is '{setting.Text}' ({setting.Origin}), which is not {DurationText.Words}."
            );
    }

    private long Whole(string name, long otherwise, long most)
    {
        if (this[name] is not { } setting)
            return otherwise;
        if (
            long.TryParse(setting.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number <= most
        )
            return number;
        throw new UsageException(
            $"The setting {name} is '{setting.Text}' ({setting.Origin}), which is not a whole number up to {most}."
        );
    }
}
