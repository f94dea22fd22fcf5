using System.CommandLine;
using Headrace.Cli.Output;
using Headrace.Cli.Settings;
using Headrace.Cli.Up;
using Headrace.Commands;
using Headrace.Protocol.Local;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace config</c>: the settings that apply here.</summary>
internal static class ConfigVerb
{
    private const string Unset = "-";
    private const string Default = "default";

    private static readonly Option<bool> Origin = new("--origin")
    {
        Description = "Also print where each value comes from: a variable, a file, or the default.",
    };

    public static Command Create() => new("config", "Look at settings.") { Show() };

    private static CliCommand Show()
    {
        var cliCommand = new CliCommand("show", "Show the settings that `headrace up` and the other commands use here.")
        {
            Examples =
            [
                (
                    "headrace config show --origin",
                    "One line for each setting: its name, its value, and the variable or file that set it. A "
                        + "value of a wrong kind or an unknown name is refused as `headrace up` would refuse it."
                ),
            ],
        };
        cliCommand.Add(Origin);
        cliCommand.SetAction((call, _) => Task.FromResult(Run(call)));
        return cliCommand;
    }

    private static int Run(CommandContext call)
    {
        var settings = SettingsSource.OfThisProcess(new Dictionary<string, string?>());
        var options = UpSettings.Read(settings, WorkerCommand.OfThisProcess());
        IEnumerable<SettingLine> lines =
        [
            .. UpSettings.All.Select(setting => new SettingLine(
                setting.Name,
                setting.Write(options),
                settings.LayerOf(setting.Name)?.OriginOf(setting.Name) ?? Default
            )),
            call.NamedServer is { } server
                ? new SettingLine(UserConfiguration.Server, server.Address, server.Origin)
                : new SettingLine(UserConfiguration.Server, null, Default),
            Key(),
        ];
        if (call.Json)
            foreach (var line in lines)
                call.Terminal.WriteLine(Headrace.Commands.Output.Format.Json(line, CliJson.Default.SettingLine));
        else if (call.Value(Origin))
            call.Terminal.WriteTable(
                ["SETTING", "VALUE", "ORIGIN"],
                lines.Select(line => (IReadOnlyList<string>)[line.Name, line.Value ?? Unset, line.Origin])
            );
        else
            call.Terminal.WriteTable(
                ["SETTING", "VALUE"],
                lines.Select(line => (IReadOnlyList<string>)[line.Name, line.Value ?? Unset])
            );
        return ExitCode.Done;
    }

    /// <summary>Whether a key is given, and never the key.</summary>
    private static SettingLine Key() =>
        string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(WorkerProcess.Key))
            ? new SettingLine("key", null, Default)
            : new SettingLine("key", "(set, not shown)", WorkerProcess.Key);
}
