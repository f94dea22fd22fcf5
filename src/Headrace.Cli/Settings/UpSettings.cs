using System.Globalization;
using Headrace.Apps.Pipeline;
using Headrace.Cli.Commands;
using Headrace.Cli.Commands.Methods;
using Headrace.Commands;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Server.Hosting;
using Headrace.Server.Pools;
using Headrace.Server.Telemetry;
using Headrace.Server.Webhooks;

namespace Headrace.Cli.Settings;

/// <summary>Converts the settings of <c>headrace up</c> to server options.</summary>
internal static class UpSettings
{
    /// <summary>All settings, each with the function that formats its effective value.</summary>
    public static readonly IReadOnlyList<(string Name, Func<ServerOptions, string?> Write)> All =
    [
        ("data", options => options.Data),
        ("port", options => Number(options.Port)),
        ("listen", options => options.Network.Listen),
        ("tls:certificate", options => options.Network.Certificate),
        ("tls:key", options => options.Network.CertificateKey),
        ("tls:dev", options => options.Network.DevCertificate ? "true" : "false"),
        ("insecure", options => options.Network.Insecure ? "true" : "false"),
        ("host_names", options => options.HostNames.Count > 0 ? string.Join(',', options.HostNames) : null),
        ("workers", options => Number(options.Workers)),
        ("pools", options => options.Pools is null ? null : PoolText.Write(options.Pools)),
        ("store", options => Setting.ToWireName(options.Store)),
        ("durability", options => Setting.ToWireName(options.Durability)),
        ("demo", options => StructuredSettings.DemoText(options.Demo)),
        ("request_log", options => options.RequestLog ? "true" : "false"),
        ("tokens:algorithm", options => Setting.ToWireName(options.TokenAlgorithm)),
        ("oidc:issuer", options => options.Oidc?.Issuer),
        ("oidc:audience", options => options.Oidc?.Audience),
        ("oidc:name_claim", options => options.Oidc?.NameClaim),
        ("oidc:groups_claim", options => options.Oidc?.GroupsClaim),
        ("oidc:roles", options => options.Oidc is { } oidc ? OidcSettings.Write(oidc.Roles) : null),
        (
            "webhooks:networks",
            options => options.Webhooks.Networks.Count > 0 ? string.Join(',', options.Webhooks.Networks) : null
        ),
        ("queues:jobs", options => Number(options.QueueJobs)),
        ("queues:bytes", options => Number(options.QueueBytes)),
        ("queues:small_first", options => SmallFirst(options.SmallFirst)),
        ("memory:jobs", options => Number(options.MemoryJobs)),
        ("memory:bytes", options => Number(options.MemoryBytes)),
        ("storage:reserve", options => Number(options.StorageReserve)),
        ("lease", options => DurationText.ToText(options.Lease)),
        ("orphan_grace", options => DurationText.ToText(options.OrphanGrace)),
        ("scaling:check", options => DurationText.ToText(options.ScalingCheck)),
        ("scaling:up_after", options => DurationText.ToText(options.ScalingUpAfter)),
        ("scaling:idle_after", options => DurationText.ToText(options.ScalingIdleAfter)),
    ];

    public static readonly IReadOnlyCollection<string> Names = [.. All.Select(setting => setting.Name)];

    public static ServerOptions Read(SettingsSource settings, IReadOnlyList<string> workerCommand)
    {
        var errors = new List<string>();
        var defaults = new ServerOptions { Data = DataFolder(settings) };
        var demo = StructuredSettings.Demo(settings);
        var pools = StructuredSettings.Pools(settings, errors);
        var options = defaults with
        {
            Port = settings.Number("port", defaults.Port),
            Network = new NetworkOptions
            {
                Listen = settings.Text("listen"),
                Certificate = settings.Text("tls:certificate"),
                CertificateKey = settings.Text("tls:key"),
                DevCertificate = settings.Flag("tls:dev"),
                Insecure = settings.Flag("insecure"),
            },
            HostNames = StructuredSettings.HostNames(settings),
            Workers = settings.Number("workers", defaults.Workers),
            WorkerCommand = workerCommand,
            InstalledMethods = MethodsLocation.OfServer(defaults.Data),
            Store = settings.Choice("store", defaults.Store),
            Durability = settings.Choice("durability", defaults.Durability),
            Demo = demo,
            RequestLog = settings.Flag("request_log"),
            Telemetry = TelemetryOptions.OfThisProcess(),
            Oidc = OidcSettings.Read(settings, errors),
            Webhooks = new WebhookOptions { Networks = StructuredSettings.WebhookNetworks(settings) },
            TokenAlgorithm = settings.Choice("tokens:algorithm", defaults.TokenAlgorithm),
            QueueJobs = settings.Number("queues:jobs", defaults.QueueJobs),
            QueueBytes = settings.Number("queues:bytes", defaults.QueueBytes),
            MemoryJobs = settings.Number("memory:jobs", defaults.MemoryJobs),
            MemoryBytes = settings.Number("memory:bytes", defaults.MemoryBytes),
            StorageReserve = settings.Number("storage:reserve", defaults.StorageReserve),
            Lease = settings.Duration("lease", defaults.Lease),
            // If the number of workers is set explicitly, it takes precedence over the demo's pool.
            Pools = pools ?? (settings["workers"] is null ? DemoPools(demo) : null),
            ScalingCheck = settings.Duration("scaling:check", defaults.ScalingCheck),
            ScalingUpAfter = settings.Duration("scaling:up_after", defaults.ScalingUpAfter),
            ScalingIdleAfter = settings.Duration("scaling:idle_after", defaults.ScalingIdleAfter),
            SmallFirst =
                StructuredSettings.SmallFirst(settings)
                ?? (demo.HasFlag(DemoSystems.Seed001) ? DemoSmallFirst : defaults.SmallFirst),
            // The workers read the same environment variable, HEADRACE_ORPHAN_GRACE.
            OrphanGrace = settings.Duration("orphan_grace", defaults.OrphanGrace),
        };
        errors.AddRange(options.Validate());
        if (settings["workers"] is not null && pools is not null)
            errors.Add(
                "The 'workers' and 'pools' settings are mutually exclusive. For a pool with a fixed number of "
                    + "workers, use equal limits, such as min=2 max=2."
            );
        if (errors.Count == 0 && options.Pools is not null)
            options = options with { Methods = Known(options.Pools, options.InstalledMethods!, errors) };
        return errors.Count == 0 ? options : throw new UsageException(string.Join(" ", errors));
    }

    /// <summary>
    /// Returns the data folder. The default is determined only if needed, because a user without a home folder has
    /// none.
    /// </summary>
    private static string DataFolder(SettingsSource settings)
    {
        if (settings["data"] is not { } given)
            return DefaultDataFolder();
        if (string.IsNullOrWhiteSpace(given.Text))
            throw new UsageException($"The data setting is empty ({given.Origin}). Specify a folder.");
        return Path.GetFullPath(given.Text);
    }

    private static string DefaultDataFolder()
    {
        try
        {
            return LocalPaths.DefaultData;
        }
        catch (HeadraceException homeless)
        {
            throw new UsageException(homeless.Message);
        }
    }

    /// <summary>
    /// Returns the pools of the demo systems; null for the usual pool. Seed system 001 starts without workers and adds
    /// them when jobs are waiting. Seed system 003 runs two simulations at a time, in a pool of their own. Seed system
    /// 004 measures times, so all its workers run before the first request.
    /// </summary>
    private static List<PoolOptions>? DemoPools(DemoSystems demo)
    {
        var pools = new List<PoolOptions>();
        if (demo.HasFlag(DemoSystems.Seed001))
            pools.Add(new PoolOptions { Name = Setting.ToWireName(DemoSystems.Seed001), Methods = ["sha512"] });
        if (demo.HasFlag(DemoSystems.Seed003))
            pools.Add(
                new PoolOptions
                {
                    Name = "pipeline",
                    Methods = [PipelineApp.Simulate],
                    Min = PipelineApp.DefaultSimulations,
                    Max = PipelineApp.DefaultSimulations,
                }
            );
        var rest = demo & (DemoSystems.Seed003 | DemoSystems.Seed004);
        if (pools.Count > 0 && rest != DemoSystems.None)
            pools.Add(
                new PoolOptions
                {
                    Name = Setting.ToWireName(rest.HasFlag(DemoSystems.Seed004) ? DemoSystems.Seed004 : rest),
                    // The simulations have no other workers, so that their number stays bounded.
                    Methods = rest.HasFlag(DemoSystems.Seed003) ? AllMethodsExcept(PipelineApp.Simulate) : [],
                    Min = Environment.ProcessorCount,
                    Max = Environment.ProcessorCount,
                }
            );
        return pools.Count > 0 ? pools : null;
    }

    private static string[] AllMethodsExcept(string name) =>
        [
            .. WorkerStartCommand
                .IncludedMethods()
                .Select(mapped => mapped.Name)
                .Where(other => other != name)
                .Distinct(),
        ];

    private static readonly Dictionary<string, string> DemoSmallFirst = new()
    {
        [Setting.ToWireName(DemoSystems.Seed001)] = "iterations",
    };

    /// <summary>
    /// Returns the methods of the worker program. Adds an error for each pool that names a method that is neither
    /// included in the program nor installed.
    /// </summary>
    private static List<KnownMethod> Known(
        IReadOnlyList<PoolOptions> pools,
        string installedMethods,
        List<string> errors
    )
    {
        var shipped = WorkerStartCommand.IncludedMethods();
        var names = shipped
            .Select(mapped => mapped.Name)
            .Concat(
                InstalledMethods
                    .At(installedMethods)
                    .List()
                    .Select(method => method.Manifest?.Name.Name.Text)
                    .OfType<string>()
            )
            .Distinct()
            .ToList();
        errors.AddRange(
            from pool in pools
            where pool.Command is null
            from method in pool.Methods
            where !names.Contains(method)
            select $"Pool '{pool.Name}' lists the unknown method '{method}'. Known methods: "
                + $"{string.Join(", ", names)}."
        );
        return [.. shipped.Select(mapped => new KnownMethod(mapped.Name, mapped.Version, mapped.Schema))];
    }

    private static string? SmallFirst(IReadOnlyDictionary<string, string> queues) =>
        queues.Count == 0 ? null : string.Join(',', queues.Select(queue => $"{queue.Key}={queue.Value}"));

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
