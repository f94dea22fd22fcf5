using System.CommandLine;
using Headrace.Cli.Settings;
using Headrace.Cli.Up;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Protocol.Local;
using Headrace.Server.Hosting;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace up</c>: runs a server with local workers until Ctrl-C.</summary>
internal static class UpCommand
{
    private static readonly Option<string?> Data = new("--data")
    {
        Description = "The data folder. [default: $XDG_DATA_HOME/headrace]",
        HelpName = "DIR",
    };
    private static readonly Option<int?> Port = Options.WholeNumber(
        "--port",
        "The port on 127.0.0.1; 0 selects a free one. [default: 8080]"
    );
    private static readonly Option<string?> Listen = new("--listen")
    {
        Description =
            "Also listen on this address, such as 0.0.0.0:8443, or *:8443 for all addresses. Requires a certificate, "
            + "or --insecure.",
        HelpName = "ADDR:PORT",
    };
    private static readonly Option<string?> Certificate = new("--certificate")
    {
        Description = "The certificate with its chain for --listen: a PEM file, or a .pfx file without a password.",
        HelpName = "FILE",
    };
    private static readonly Option<string?> CertificateKey = new("--certificate-key")
    {
        Description = "The private key of the certificate, if the certificate's PEM file does not contain it.",
        HelpName = "FILE",
    };
    private static readonly Option<bool> DevCertificate = new("--dev-certificate")
    {
        Description =
            "Use a certificate that the server creates in its data folder. Clients must be configured to "
            + "trust it.",
    };
    private static readonly Option<bool> Insecure = new("--insecure")
    {
        Description = "Listen without TLS. Use it only if a proxy or a private network encrypts the connections.",
    };
    private static readonly Option<bool> NewAdminKey = new("--new-admin-key")
    {
        Description =
            "Replace the admin key of the store with a new one, which is written to admin.key in the data folder. The "
            + "old key is no longer valid.",
    };
    private static readonly Option<int?> Workers = Options.WholeNumber(
        "--workers",
        "The number of local worker processes; 0 for none. [default: one per processor]"
    );
    private static readonly Option<string?> Pools = new("--pools")
    {
        Description = "Use worker pools that scale with their jobs' waiting time. Cannot be combined with --workers.",
        HelpName = "POOLS",
    };
    private static readonly Option<string?> Store = new("--store")
    {
        Description = "sqlite, or memory, which loses all jobs when the process exits. [default: sqlite]",
        HelpName = "STORE",
    };
    private static readonly Option<string?> Durability = new("--durability")
    {
        Description =
            "fsync, or os, which can lose the last few seconds of changes in a power failure. [default: fsync]",
        HelpName = "MODE",
    };
    private static readonly Option<string?> Demo = new("--demo")
    {
        Description =
            "Also serve the HTTP routes of a seed system and use its worker pools: seed001, seed003, seed004, or "
            + "several, separated by commas.",
        HelpName = "SEED",
    };
    private static readonly Option<string?> FirstFile = new("--first-job")
    {
        Description = "When the server is ready, submit a first job that hashes this file with sha512.",
        HelpName = "FILE",
        Hidden = true,
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "up",
            "Start a server with local workers. Ctrl-C drains and stops it; a second Ctrl-C abandons the running jobs."
        )
        {
            Examples =
            [
                (
                    "headrace up --data ./jobs --port 8080 --workers 4",
                    "Runs until you press Ctrl-C. Each option can also be set with an environment variable "
                        + "(HEADRACE_NAME) or in ./headrace.json."
                ),
                (
                    "headrace up --pools \"hashing methods=sha512 min=0 max=3 up_after=15s idle_after=10m\"",
                    "Starts a worker (up to three) when the oldest job has been waiting for 15 s, and stops a worker "
                        + "that has been idle for 10 min. Separate multiple pools with semicolons."
                ),
                (
                    "headrace up --pools \"score command=./Score/bin/Release/net10.0/Score max=4\"",
                    "Runs your own program as workers, and asks the program which methods it offers."
                ),
                (
                    "headrace up --listen '*:8443' --certificate server.pem --certificate-key server.key",
                    "Also serves other machines, over TLS. The server reads a renewed certificate without a restart."
                ),
                ("headrace up --store memory --port 0", "Runs a temporary server on a free port."),
            ],
        };
        foreach (
            var option in new Option[]
            {
                Data,
                Port,
                Listen,
                Certificate,
                CertificateKey,
                DevCertificate,
                Insecure,
                NewAdminKey,
                Workers,
                Pools,
                Store,
                Durability,
                Demo,
                FirstFile,
            }
        )
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    // The server handles the signals itself: the first signal drains it, and the second one abandons the running jobs.
    private static async Task<int> RunAsync(CommandContext context, CancellationToken ignored)
    {
        ServerThreads.Set();
        var options = UpSettings.Read(SettingsSource.OfThisProcess(Flags(context)), WorkerCommand.OfThisProcess()) with
        {
            NewAdminKey = context.Value(NewAdminKey),
        };
        using var signals = new StopSignals();
        var startupBanner = new StartupBanner(context, options, context.Value(FirstFile), signals.Drain);
        var code = await ServerProcess.RunAsync(
            options,
            startupBanner.Start,
            StandardError.Open(),
            signals.Drain,
            signals.Abandon
        );
        await startupBanner.Done;
        return code;
    }

    private static Dictionary<string, string?> Flags(CommandContext context) =>
        new()
        {
            ["data"] = context.Value(Data),
            ["port"] = Text(context.Value(Port)),
            ["listen"] = context.Value(Listen),
            ["tls:certificate"] = context.Value(Certificate),
            ["tls:key"] = context.Value(CertificateKey),
            ["tls:dev"] = Text(context.Value(DevCertificate)),
            ["insecure"] = Text(context.Value(Insecure)),
            ["workers"] = Text(context.Value(Workers)),
            ["pools"] = context.Value(Pools),
            ["store"] = context.Value(Store),
            ["durability"] = context.Value(Durability),
            ["demo"] = context.Value(Demo),
        };

    /// <summary>
    /// Returns null for an absent option, so that the environment or a settings file determines the setting.
    /// </summary>
    private static string? Text(bool flag) => flag ? "true" : null;

    private static string? Text(int? number) => number?.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
