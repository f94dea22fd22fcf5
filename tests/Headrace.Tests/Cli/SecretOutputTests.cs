using System.Net;
using System.Text;
using Headrace.Protocol.Local;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>
/// Sends secrets to a real server in every place where a client may put one, and then looks for them in everything that
/// the server wrote, and in everything that the machine shows about its processes.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class SecretOutputTests
{
    private const string Password = "a correct horse battery";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_secret_is_in_a_log_or_in_what_the_machine_shows_about_the_processes()
    {
        await using var server = await RunningServer.StartAsync([("HEADRACE_REQUEST_LOG", "true")]);
        var data = Path.Combine(server.Home, "data");
        var admin = (await File.ReadAllTextAsync(LocalPaths.AdminKey(data), Stop)).Trim();
        var key = (await OutputAsync(server, "", "keys", "create", "nightly", "--role", "submitter=eu")).Trim();
        var signing = (
            await OutputAsync(server, "", "webhooks", "add", "w", "https://hooks.example/", "--queue", "eu")
        ).Trim();
        Assert.StartsWith("whsec_", signing, StringComparison.Ordinal);
        await OutputAsync(server, Password, "users", "add", "ada", "--role", "viewer");
        await OutputAsync(server, Password, "login", "ada");
        string[] secrets =
        [
            admin,
            key,
            Password,
            new('p', 43),
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
            .. await LoginTokensAsync(server),
        ];

        await SendAsync(server, secrets);
        var shown = new StringBuilder();
        foreach (var process in (int[])[server.ProcessId, .. ProcFs.Processes().Where(IsBelow)])
            foreach (var file in (string[])["cmdline", "environ", "comm"])
                shown.Append(await ReadAsync($"/proc/{process}/{file}"));
        Assert.Equal(0, await server.StopAsync());

        var log = await File.ReadAllTextAsync(Path.Combine(data, "requests.log"), Stop);
        Assert.Contains("\"path\":\"/v1/login\"", log, StringComparison.Ordinal);
        foreach (var secret in (string[])[.. secrets, signing])
            foreach (
                var (place, text) in ((string, string)[])
                    [("the log", server.Errors), ("requests.log", log), ("/proc", shown.ToString())]
            )
                Assert.False(
                    text.Contains(secret, StringComparison.Ordinal)
                        || text.Contains(Uri.EscapeDataString(secret), StringComparison.Ordinal),
                    $"{place} contains a secret that begins with {secret[..8]}."
                );

        bool IsBelow(int process) =>
            ProcFs.Environment(process)[WorkerProcess.Server]?.Contains(server.Home, StringComparison.Ordinal) == true;
    }

    /// <summary>Sends each secret as a key, in the address, as a password and in a malformed body.</summary>
    private static async Task SendAsync(RunningServer server, IEnumerable<string> secrets)
    {
        using var http = new HttpClient { BaseAddress = new Uri(server.Url) };
        foreach (var secret in secrets)
        {
            var escaped = Uri.EscapeDataString(secret);
            foreach (var scheme in (string[])["Bearer ", "Basic ", ""])
                await SendAsync(HttpMethod.Get, "/v1/users", $"{scheme}{secret}", null);
            await SendAsync(HttpMethod.Get, $"/v1/jobs?access_token={escaped}", null, null);
            await SendAsync(HttpMethod.Get, $"/session?code={escaped}", null, null);
            await SendAsync(HttpMethod.Post, "/v1/login", null, $$"""{"user":"ada","password":"{{secret}}"}""");
            await SendAsync(HttpMethod.Post, "/v1/login", null, $$"""{"user":"ada","password":"{{secret}}" """);
            await SendAsync(HttpMethod.Post, "/v1/login", null, $$"""{"{{secret}}":1}""");
            await SendAsync(HttpMethod.Post, "/v1/login:refresh", null, $$"""{"refreshToken":"x{{secret}}"}""");
            await SendAsync(HttpMethod.Post, "/v1/logout", null, $$"""{"refreshToken":"x{{secret}}"}""");
        }

        async Task SendAsync(HttpMethod method, string path, string? authorization, string? json)
        {
            using var request = new HttpRequestMessage(method, path);
            if (authorization is not null)
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
            request.Headers.TryAddWithoutValidation("Cookie", $"headrace_session={path.Length}");
            if (json is not null)
                request.Content = FrontScene.Json(json);
            using var response = await http.SendAsync(request, Stop);
            Assert.NotEqual(HttpStatusCode.InternalServerError, response.StatusCode);
        }
    }

    /// <summary>The tokens that <c>headrace login</c> has stored.</summary>
    private static async Task<string[]> LoginTokensAsync(RunningServer server)
    {
        var file = Directory.GetFiles(Path.Combine(server.Home, ".local/state/headrace/logins"), "*.json").Single();
        var stored = System.Text.Json.JsonElement.Parse(await File.ReadAllTextAsync(file, Stop));
        return [stored.GetProperty("token").GetString()!, stored.GetProperty("refreshToken").GetString()!];
    }

    /// <summary>Runs a command with one line of standard input, and returns its standard output.</summary>
    private static async Task<string> OutputAsync(RunningServer server, string input, params string[] arguments)
    {
        using var process = server.StartCli([], arguments);
        await process.StandardInput.WriteLineAsync(input);
        var ended = await CliProcess.EndAsync(process, string.Join(' ', arguments));
        Assert.True(ended.Code == 0, ended.Error);
        return ended.Out;
    }

    /// <summary>
    /// Returns the content of a file that describes a process in /proc, or an empty string if the process has ended.
    /// </summary>
    private static async Task<string> ReadAsync(string file)
    {
        try
        {
            return await File.ReadAllTextAsync(file, Stop);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
