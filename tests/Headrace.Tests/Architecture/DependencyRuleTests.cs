using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Headrace.Server.Hosting;
using Headrace.Server.Shards;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Enforces the allowed dependencies between projects and folders. A new dependency requires a new line in these
/// tables, which must be added, along with the reason, in the same commit as the code that needs the dependency.
/// </summary>
public sealed partial class DependencyRuleTests
{
    private static readonly Dictionary<string, string[]> ProjectDependencies = new()
    {
        ["Headrace.Core"] = [],
        ["Headrace.Protocol"] = ["Headrace.Core"],
        ["Headrace.Storage"] = ["Headrace.Core"],
        ["Headrace.Worker"] = ["Headrace.Protocol"],
        // The MPI binding can be used without Headrace, and the worker without MPI. Methods that run on ranks require
        // both.
        ["Headrace.Mpi"] = [],
        ["Headrace.Worker.Mpi"] = ["Headrace.Mpi", "Headrace.Worker"],
        // A separate program, because the library that runs models is larger than everything else combined. The program
        // speaks the protocol of warm processes, whose frames are defined in the worker.
        ["Headrace.Worker.Onnx"] = ["Headrace.Worker", "Headrace.Commands"],
        ["Headrace.Client"] = ["Headrace.Protocol"],
        // The commands of applications and of the command line share options, output and exit codes. Both depend on
        // this project, so an application can contribute commands without the command line depending on any of its
        // types.
        ["Headrace.Commands"] = ["Headrace.Client"],
        // A bridge is a client of the server: a user's program could do everything that a bridge does.
        ["Headrace.Bridges"] = ["Headrace.Client"],
        // The server runs the bridges that its registry defines, so that they need no separate process.
        ["Headrace.Server"] = ["Headrace.Core", "Headrace.Protocol", "Headrace.Storage", "Headrace.Bridges"],
        ["Headrace.Apps.Sha512"] = ["Headrace.Worker"],
        ["Headrace.Apps.Benchop"] = ["Headrace.Worker", "Headrace.Commands"],
        // The pipeline reads and writes lists of Redis as a bridge does, and its simulation runs on ranks of MPI.
        ["Headrace.Apps.Pipeline"] = ["Headrace.Worker", "Headrace.Commands", "Headrace.Bridges", "Headrace.Mpi"],
        ["Headrace.Cli"] =
        [
            "Headrace.Server",
            "Headrace.Client",
            "Headrace.Worker",
            "Headrace.Commands",
            "Headrace.Apps.Sha512",
            "Headrace.Apps.Benchop",
            "Headrace.Apps.Pipeline",
        ],
        // The benchmark runs the command line and the model program as separate processes and does not load their code.
        // It uses the engine of an application and the server's process discovery, and it measures individual steps of
        // a broker and its store. Only the tests depend on the benchmark.
        ["Headrace.Bench"] =
        [
            "Headrace.Core",
            "Headrace.Storage",
            "Headrace.Cli",
            "Headrace.Server",
            "Headrace.Client",
            "Headrace.Worker",
            "Headrace.Worker.Onnx",
            "Headrace.Mpi",
            "Headrace.Commands",
            "Headrace.Apps.Sha512",
        ],
    };

    /// <summary>
    /// The folders of the server, each with the folders it may use. They are listed bottom-up, so no cycle can arise.
    /// Intake, Results, Feeds, Messages, Workers, Pools and Compat must not use each other; what two of them share
    /// belongs in Http (reading requests and writing responses), Jobs (how callers describe and view a job) or Shards
    /// (access to the broker). Only Hosting combines them.
    /// </summary>
    private static readonly (string Folder, string[] Allowed)[] ServerDependencies =
    [
        ("Machine", []),
        ("Shards", []),
        // A shard keeps the registry. Accounts, keys and settings are documents in the registry, so the security code
        // reads it.
        ("Registry", ["Shards"]),
        ("Http", []),
        ("Http/Describing", ["Http"]),
        // A caller's roles determine which jobs the caller may see, so the folders that show jobs use the table of
        // roles.
        ("Access", ["Http"]),
        ("Jobs", ["Http", "Shards", "Access"]),
        ("Security", ["Http", "Registry", "Access"]),
        // The routes for users, keys and logins describe JSON errors in the same way as the job routes.
        ("Accounts", ["Http", "Http/Describing", "Registry", "Access", "Jobs", "Security"]),
        // Queue settings are registry documents, and their changes are recorded in the accounts' audit log.
        ("Queues", ["Http", "Http/Describing", "Registry", "Access", "Jobs", "Accounts", "Shards"]),
        // The gauges read the queues and workers of the shards, and the metrics cover the jobs of all callers.
        ("Telemetry", ["Http", "Http/Describing", "Access", "Shards"]),
        // Schemas are needed for submissions, whose params are validated, and for worker offers, whose schemas are
        // checked.
        ("Schemas", []),
        // A submission continues the trace of its request.
        ("Intake", ["Http", "Http/Describing", "Access", "Jobs", "Shards", "Schemas", "Telemetry"]),
        ("Intake/Batches", ["Http", "Http/Describing", "Access", "Jobs", "Intake", "Telemetry"]),
        ("Results", ["Http", "Http/Describing", "Access", "Jobs", "Shards"]),
        // A feed delivers jobs in the same form as the lists.
        ("Feeds", ["Http", "Http/Describing", "Access", "Jobs", "Shards"]),
        ("Messages", ["Http", "Http/Describing", "Access", "Jobs", "Shards"]),
        // A sweep selects jobs with the same filter as the lists, and only among those that its caller may also change
        // individually. Each sweep is recorded in the audit log.
        ("Sweeps", ["Http", "Http/Describing", "Access", "Jobs", "Accounts", "Shards"]),
        // Readers see only the jobs that their callers may read, in the same form as in other replies. A stream ends
        // when its caller's credentials are no longer valid.
        ("Events", ["Http", "Http/Describing", "Access", "Security", "Jobs", "Shards"]),
        // Addresses, signatures and single requests do not depend on jobs.
        ("Webhooks/Sending", []),
        // A webhook is a feed that the server consumes, and a registry document. Its changes are recorded in the audit
        // log and published as events, and its deliveries are counted.
        (
            "Webhooks",
            [
                "Http",
                "Http/Describing",
                "Access",
                "Jobs",
                "Shards",
                "Registry",
                "Accounts",
                "Telemetry",
                "Feeds",
                "Events",
                "Webhooks/Sending",
            ]
        ),
        // The time of each exchange is measured. The jobs that running attempts submit are read by the rules for all
        // jobs, on behalf of the owner of their parent.
        (
            "Workers",
            ["Http", "Http/Describing", "Access", "Jobs", "Security", "Shards", "Schemas", "Telemetry"]
        ),
        ("Pools", ["Http", "Http/Describing", "Access", "Shards"]),
        // The methods that a worker program describes are checked in the same way as a worker's offers.
        ("Pools/Describing", ["Machine", "Shards", "Schemas", "Pools"]),
        ("Pools/Local", ["Machine", "Shards", "Pools", "Pools/Describing"]),
        // Bridges are registry documents, and their changes are recorded in the accounts' audit log. Each bridge has
        // its own key, and a feed that only it consumes. A change to the bridge must wait for the lag of this feed.
        (
            "Bridges",
            [
                "Http",
                "Http/Describing",
                "Registry",
                "Access",
                "Jobs",
                "Security",
                "Accounts",
                "Telemetry",
                "Shards",
                "Feeds",
            ]
        ),
        ("Compat", ["Http", "Http/Describing", "Access", "Jobs", "Shards"]),
        (
            "Hosting",
            [
                "Machine",
                "Shards",
                "Registry",
                "Http",
                "Http/Describing",
                "Access",
                "Jobs",
                "Security",
                "Accounts",
                "Queues",
                "Telemetry",
                "Intake",
                "Intake/Batches",
                "Results",
                "Feeds",
                "Messages",
                "Sweeps",
                "Events",
                "Webhooks",
                "Workers",
                "Pools",
                "Pools/Local",
                "Bridges",
                "Compat",
            ]
        ),
    ];

    private const string ServerFolder = "src/Headrace.Server";
    private const string ServerNamespace = "Headrace.Server";

    /// <summary>
    /// Each row prohibits the code in a folder from using a namespace. The code in the folder Except may still use it;
    /// an empty string means that there is no exception.
    /// </summary>
    private static readonly (string Folder, string Forbidden, string Except)[] ForbiddenDependencies =
    [
        ("src/Headrace.Storage/Memory", "Headrace.Storage.Sqlite", ""),
        ("src/Headrace.Storage/Sqlite", "Headrace.Storage.Memory", ""),
        ("src/Headrace.Server", "Headrace.Storage", "src/Headrace.Server/Hosting"),
    ];

    public static TheoryData<string> Projects =>
        [.. ((string[])["src", "apps", "bench"]).SelectMany(folder => Repository.Files(folder, "*.csproj"))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_its_allowed_dependencies(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        Assert.True(
            ProjectDependencies.TryGetValue(name, out var allowed),
            $"{name} has no entry in ProjectDependencies."
        );
        var referred = XDocument
            .Parse(Repository.Read(project))
            .Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value));
        Assert.Empty(referred.Except(allowed));
    }

    [Fact]
    public void No_file_uses_a_forbidden_namespace()
    {
        var breaches =
            from rule in ForbiddenDependencies
            from file in Repository.Files(rule.Folder, "*.cs")
            where rule.Except.Length == 0 || !file.StartsWith(rule.Except, StringComparison.Ordinal)
            from Match use in UsingLine().Matches(Repository.Read(file))
            where use.Groups[1].Value.StartsWith(rule.Forbidden, StringComparison.Ordinal)
            select $"{file} uses {use.Groups[1].Value}";
        Assert.Empty(breaches);
    }

    [Fact]
    public void The_folders_of_the_server_use_exactly_the_folders_that_the_table_lists()
    {
        // The comparison is exact. An unused entry must therefore be removed from the table, and the test also fails if
        // the scan finds no dependencies at all.
        var allowed = ServerDependencies
            .SelectMany(row => row.Allowed, (row, other) => (row.Folder, Used: other))
            .ToHashSet();
        var used = DependenciesInAssembly()
            .Concat(DependenciesInSource())
            .ToLookup(dependency => (dependency.Folder, dependency.Used));

        Assert.Empty(
            used.Where(dependency => !allowed.Contains(dependency.Key)).Select(dependency => dependency.First())
        );
        Assert.Empty(allowed.Where(dependency => !used.Contains(dependency)));
    }

    [Fact]
    public void The_folders_of_the_server_have_no_circular_dependencies()
    {
        var lower = new HashSet<string>();
        foreach (var (folder, allowed) in ServerDependencies)
        {
            Assert.Empty(allowed.Except(lower));
            lower.Add(folder);
        }
        Assert.Empty(Repository.Files(ServerFolder, "*.cs").Select(FolderOf).Distinct().Except(lower));
    }

    [Fact]
    public void Only_Hosting_receives_a_shard_without_the_router() =>
        Assert.Empty(
            from type in typeof(IShardRouter).Assembly.GetTypes()
            where
                FolderOfNamespace(type.Namespace) is not (null or "Hosting")
                && !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
            from constructor in type.GetConstructors()
            where constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(IShardMailbox))
            select type.FullName
        );

    /// <summary>
    /// Returns the dependencies in the compiled server, regardless of how the types are named in the source code.
    /// </summary>
    private static IEnumerable<(string Folder, string Used, string Where)> DependenciesInAssembly() =>
        from pair in UsedTypes.In(typeof(ServerOptions).Assembly)
        let folder = FolderOfNamespace(pair.User.Namespace)
        let used = FolderOfNamespace(pair.Used.Namespace)
        where folder is not null && used is not null && folder != used
        select (folder, used, $"{pair.User.Name} uses {pair.Used.Name}");

    /// <summary>
    /// Returns the dependencies in the source code. These include constants, which leave no trace in the compiled
    /// server.
    /// </summary>
    private static IEnumerable<(string Folder, string Used, string Where)> DependenciesInSource()
    {
        var types = typeof(ServerOptions).Assembly.GetTypes().Select(type => (type.Namespace, type.Name)).ToHashSet();
        return from file in Repository.Files(ServerFolder, "*.cs")
               let folder = FolderOf(file)
               let text = Repository.Read(file)
               let imported = UsingLine().Matches(text).Select(use => use.Groups[1].Value)
               let qualified = QualifiedName()
                   .Matches(LineComment().Replace(text, ""))
                   .SelectMany(name => Namespaces(folder, name.Value.Split('.')))
               from space in imported.Concat(qualified)
               let used = FolderOfNamespace(space)
               where used is not null && used != folder
               select (folder, used, $"{file} names {space}");

        // Returns the namespaces to which the first parts of a qualified name may refer, if the next part is a type in
        // one of them. A name need not repeat the enclosing namespaces.
        IEnumerable<string> Namespaces(string folder, string[] parts) =>
            from enclosing in EnclosingNamespaces($"{ServerNamespace}.{folder.Replace('/', '.')}")
            from length in Enumerable.Range(1, parts.Length - 1)
            let space = enclosing + string.Join('.', parts[..length])
            where types.Contains((space, parts[length]))
            select space;
    }

    private static IEnumerable<string> EnclosingNamespaces(string space)
    {
        for (var end = space.Length; end > 0; end = space.LastIndexOf('.', end - 1))
            yield return $"{space[..end]}.";
        yield return "";
    }

    private static string FolderOf(string file) => Path.GetRelativePath(ServerFolder, Path.GetDirectoryName(file)!);

    private static string? FolderOfNamespace(string? space) =>
        space?.StartsWith($"{ServerNamespace}.", StringComparison.Ordinal) == true
            ? space[(ServerNamespace.Length + 1)..].Replace('.', '/')
            : null;

    [GeneratedRegex(@"^using (?:static )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    [GeneratedRegex(@"\b[A-Z]\w*(?:\.[A-Z]\w*)+")]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"//.*$", RegexOptions.Multiline)]
    private static partial Regex LineComment();
}
