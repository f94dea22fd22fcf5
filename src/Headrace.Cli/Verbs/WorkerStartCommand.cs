using System.CommandLine;
using Headrace.Apps.Benchop;
using Headrace.Apps.Sha512;
using Headrace.Cli.Up;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Worker;
using Headrace.Worker.Methods;

namespace Headrace.Cli.Verbs;

/// <summary>
/// <c>headrace worker</c>: one worker process with every shipped method. A server starts these itself, which is why
/// help does not show it.
/// </summary>
internal static class WorkerStartCommand
{
    private static readonly Option<string?> Only = new("--methods")
    {
        Description = "Offer only these, as sha512,noop.",
        HelpName = "M1,M2",
    };
    private static readonly Option<int?> Slots = Options.WholeNumber(
        "--slots",
        "How many jobs run at once. [default: 1]"
    );

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            WorkerCommand.Verb,
            "Run jobs for the server that HEADRACE_SERVER names, with every shipped method."
        )
        {
            Hidden = true,
            Examples =
            [
                ("headrace worker --slots 2", "Joins the server and runs two jobs at once until it is told to end."),
            ],
        };
        cliCommand.Add(Slots);
        cliCommand.Add(Only);
        // Signals are the worker's own business: the first drains it, the second gives up what runs.
        cliCommand.SetAction((call, _) => App(call).RunAsync(CancellationToken.None));
        return cliCommand;
    }

    private static HeadraceWorker App(CommandContext call)
    {
        var app = Shipped(
            call.Value(Slots) is { } slots
                ? ["--slots", slots.ToString(System.Globalization.CultureInfo.InvariantCulture)]
                : []
        );
        if (call.Value(Only) is { } only)
            app.KeepOnly(only.Split(','));
        return app;
    }

    /// <summary>The application with every shipped method.</summary>
    public static HeadraceWorker Shipped(string[] args)
    {
        var app = HeadraceWorker.Create(args);
        Noop.Map(app);
        Sha512App.Map(app);
        BenchopApp.Map(app);
        return app;
    }
}
