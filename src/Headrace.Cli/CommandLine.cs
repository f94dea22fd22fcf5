using System.CommandLine;
using Headrace.Apps.Benchop.Commands;
using Headrace.Apps.Pipeline.Commands;
using Headrace.Cli.Commands;
using Headrace.Cli.Commands.Methods;
using Headrace.Cli.Settings;
using Headrace.Cli.Telemetry;
using Headrace.Commands;

namespace Headrace.Cli;

/// <summary>The commands of <c>headrace</c>: its own and those of the bundled applications.</summary>
internal static class CommandLine
{
    private static readonly IReadOnlyList<IAppCommands> Apps = [new BenchopCommands(), new PipelineCommands()];

    public static RootCommand Tree()
    {
        var root = new RootCommand(
            "Headrace is a durable job queue: it runs jobs in parallel worker processes and records each result."
        )
        {
            UpCommand.Create(),
            SubmitCommand.Create(),
            RunCommand.Create(),
            WaitCommand.Create(),
            ResultsCommand.Create(),
            FeedsCommand.Create(),
            WebhooksCommand.Create(),
            MessagesCommand.Create(),
            BridgesCommand.Create(),
            JobsCommand.Create(),
            SweepsCommand.Create(),
            QueuesCommand.Create(),
            WorkersCommand.Create(),
            WorkerStartCommand.CreateGroup(),
            PoolsCommand.Create(),
            StoreCommand.Create(),
            MethodsCommand.Create(),
            LoginCommand.Create(),
            LoginCommand.CreateLogout(),
            UsersCommand.Create(),
            KeysCommand.Create(),
            AuditCommand.Create(),
            ConfigCommand.Create(),
        };
        foreach (var command in Apps.SelectMany(app => app.Create()))
            root.Add(command);
        root.Add(CompletionCommand.Create());
        root.Add(GlobalOptions.Server);
        root.Add(GlobalOptions.Json);
        root.Add(GlobalOptions.Quiet);
        HelpPage.Attach(root);
        return root;
    }

    public static Task<int> RunAsync(string[] args)
    {
        CallerTrace.Continue(Environment.GetEnvironmentVariable(CallerTrace.Variable));
        return new CommandProgram(Tree()) { ConfiguredServer = () => UserConfiguration.NamedServer }.RunAsync(args);
    }
}
