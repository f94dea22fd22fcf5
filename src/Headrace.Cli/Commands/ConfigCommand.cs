using System.CommandLine;
using Headrace.Cli.Output;
using Headrace.Cli.Settings;
using Headrace.Cli.Up;
using Headrace.Commands;
using Headrace.Protocol.Local;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace config</c>: shows the settings in effect for the current folder and environment.</summary>
internal static class ConfigCommand
{
    private const string Unset = "-";
    private const string Default = "default";

    private static readonly Option<bool> Origin = new("--origin")
    {
        Description = "Also print where each value comes from: a variable, a file, or the default.",
    };

    public static Command Create() => new("config", "Show settings.") { Show() };

    private static CliCommand Show()
    {
        var cliCommand = new CliCommand(
            "show",
            "Show the settings that `headrace up` and the other commands use in this folder."
        )
        {
            Examples =
            [
                (
                    "headrace config show --origin",
                    "Prints a line for each setting: its name, its value, and the variable or file that sets it. "
                        + "Rejects unknown names and invalid values, as `headrace up` does."
                ),
            ],
        };
        cliCommand.Add(Origin);
        cliCommand.SetAction((context, _) => Task.FromResult(Run(context)));
        return cliCommand;
    }

    private static int Run(CommandContext context)
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
            context.NamedServer is { } server
                ? new SettingLine(UserConfiguration.Server, server.Address, server.Origin)
                : new SettingLine(UserConfiguration.Server, null, Default),
            Key(),
        ];
        if (context.Json)
            foreach (var line in lines)
                context.Terminal.WriteLine(Headrace.Commands.Output.Format.Json(line, CliJson.Default.SettingLine));
        else if (context.Value(Origin))
            context.Terminal.WriteTable(
                ["SETTING", "VALUE", "ORIGIN"],
                lines.Select(line => (IReadOnlyList<string>)[line.Name, line.Value ?? Unset, line.Origin])
            );
        else
            context.Terminal.WriteTable(
                ["SETTING", "VALUE"],
                lines.Select(line => (IReadOnlyList<string>)[line.Name, line.Value ?? Unset])
            );
        return ExitCode.Done;
    }

    /// <summary>Reports whether a key is set, but never the key itself.</summary>
    private static SettingLine Key() =>
        string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(WorkerProcess.Key))
            ? new SettingLine("key", null, Default)
            : new SettingLine("key", "(set, not shown)", WorkerProcess.Key);
}
