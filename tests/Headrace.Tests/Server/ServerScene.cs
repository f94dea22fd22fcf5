using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server;

/// <summary>
/// A server that runs in this process, using a free port and a temporary folder. It provides helper methods for tests.
/// </summary>
internal sealed class ServerScene : IAsyncDisposable
{
    private readonly ThrowAwayFolder? _folder;
    private readonly List<HttpClient> _clients = [];

    /// <summary>Uses a server that the test started in its own folder.</summary>
    public ServerScene(HeadraceServer server, ThrowAwayFolder? folder = null) => (Server, _folder) = (server, folder);

    public HeadraceServer Server { get; }

    public string Key => Server.Ready.Key!;

    /// <summary>Starts a server, by default with the memory store and without local workers.</summary>
    public static async Task<ServerScene> StartAsync(
        Func<ServerOptions, ServerOptions>? options = null,
        Func<ServerDependencies, ServerDependencies>? parts = null
    )
    {
        var folder = new ThrowAwayFolder();
        var asked = new ServerOptions
        {
            Data = folder.Path,
            Port = 0,
            Workers = 0,
            Store = StoreKind.Memory,
        };
        var given = new ServerDependencies { WritesRunningServer = false };
        try
        {
            var server = await HeadraceServer.StartAsync(
                options?.Invoke(asked) ?? asked,
                parts?.Invoke(given) ?? given,
                TestContext.Current.CancellationToken
            );
            return new ServerScene(server, folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Creates a client that connects to the loopback port. It sends the admin key unless another key is given. If the
    /// given key is empty, it sends no key.
    /// </summary>
    public HttpClient Client(string? key = null) =>
        Authorized(new HttpClient(PatientHandler()) { BaseAddress = new Uri(Server.Ready.Url) }, key);

    /// <summary>
    /// Creates a handler that does not send a body before the server asks for it, however busy the machine is. By
    /// default, the handler would wait for only 1 s.
    /// </summary>
    private static SocketsHttpHandler PatientHandler() => new() { Expect100ContinueTimeout = TimeSpan.FromMinutes(5) };

    /// <summary>Creates a client that connects to the Unix socket.</summary>
    public HttpClient SocketClient(string? key = null) => Authorized(OverSocket(Server.Ready.Socket), key);

    public static HttpClient OverSocket(string path) =>
        new(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        )
        {
            BaseAddress = new Uri("http://headrace"),
        };

    public WireWorker Worker(string name = "w1", ulong? incarnation = null) =>
        new(SocketClient(), name, incarnation ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)));

    public Task<Response> SendAsync(Command command) =>
        Server.Mailbox.SendAsync(command, TestContext.Current.CancellationToken);

    /// <summary>Submits directly to the shard.</summary>
    public async Task<JobId> SubmitAsync(string method = "echo", byte[]? body = null, string parameters = "")
    {
        var spec = new JobSpec
        {
            Queue = QueueName.Default,
            Method = new MethodName(method),
            Owner = "admin",
            Params = Encoding.UTF8.GetBytes(parameters),
            BodyBytes = body?.Length ?? 0,
            ContentType = body is null ? null : "application/octet-stream",
        };
        var answer = (Response.Submitted)await SendAsync(new Command.Submit([new NewJob(spec, body)]));
        Assert.Null(answer.Results[0].Rejection);
        return answer.Results[0].Id;
    }

    /// <summary>
    /// Makes a worker join and submits a job for it, because a method is known only after a worker has offered it.
    /// </summary>
    public async Task<JobId> SubmitAfterJoinAsync(WireWorker worker, byte[]? body = null)
    {
        await worker.SendAsync(worker.Next());
        return await SubmitAsync(body: body);
    }

    /// <summary>Asks a worker to finish its jobs and exit.</summary>
    public Task DrainAsync(string worker, ulong incarnation) =>
        SendAsync(
            new Command.Drain(new LeaseHolder(new WorkerName(worker), new Incarnation(incarnation)), TimeSpan.Zero)
        );

    public async Task<JobRow> LiveAsync(JobId job) =>
        ((Response.Live)await SendAsync(new Command.GetJob(job, TimeSpan.Zero))).Job;

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await Server.DisposeAsync();
        _folder?.Dispose();
    }

    private HttpClient Authorized(HttpClient client, string? key)
    {
        client.Timeout = Eventually.Deadline;
        if (key is not "")
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key ?? Key);
        _clients.Add(client);
        return client;
    }
}
