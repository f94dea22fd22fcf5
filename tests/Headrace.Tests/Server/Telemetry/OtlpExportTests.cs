using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Headrace.Server.Hosting;
using Headrace.Server.Telemetry;
using Xunit;

namespace Headrace.Tests.Server.Telemetry;

/// <summary>Tests the export of metrics and traces to a collector. The test acts as the collector.</summary>
public sealed class OtlpExportTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_and_traces_are_exported_to_the_collector_that_the_variables_name()
    {
        using var collector = new Collector();
        await using (
            var scene = await ServerScene.StartAsync(options =>
                options with
                {
                    Telemetry = new TelemetryOptions(
                        new Dictionary<string, string?>
                        {
                            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
                            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
                            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
                            ["OTEL_SERVICE_NAME"] = "my-queue",
                        }
                    ),
                }
            )
        )
        {
            await scene.Worker().SendAsync(scene.Worker().Next());
            using var client = scene.Client();
            using var response = await client.PostAsync(
                "/v1/jobs",
                FrontScene.Json("""{"method":"echo","queue":"exported","params":{}}"""),
                Stop
            );
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);

            await collector.WaitForAsync("/v1/metrics", "my-queue", "headrace.jobs.submitted", "exported");
            await collector.WaitForAsync("/v1/traces", "my-queue", "Headrace.Server", "exported");
        }
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")]
    public void An_endpoint_that_is_not_an_address_is_named(string variable)
    {
        var options = new ServerOptions
        {
            Data = "/tmp/x",
            Workers = 0,
            Telemetry = new TelemetryOptions(new Dictionary<string, string?> { [variable] = "localhost:4317" }),
        };

        Assert.Equal(
            [
                $"{variable} is 'localhost:4317', which is not an http or https address. Use an address such as "
                    + "http://localhost:4317, or remove the variable.",
            ],
            options.Validate()
        );
    }

    [Fact]
    public void A_disabled_SDK_exports_nothing()
    {
        var options = new TelemetryOptions(
            new Dictionary<string, string?>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://localhost:4317",
                ["OTEL_SDK_DISABLED"] = "true",
            }
        );

        Assert.Equal((false, false), (options.ExportsMetrics, options.ExportsTraces));
    }

    /// <summary>Receives exports over HTTP.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly ConcurrentQueue<(string Path, string Text)> _received = [];

        public Collector()
        {
            // HttpListener cannot choose a free port itself.
            using var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            free.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
            free.Stop();
            _listener.Prefixes.Add(Address + "/");
            _listener.Start();
            _ = ReceiveAsync();
        }

        public string Address { get; }

        /// <summary>
        /// Waits for an export that contains all of the given strings. Protobuf stores strings as plain text.
        /// </summary>
        public Task WaitForAsync(string path, params string[] texts) =>
            Eventually.HoldsAsync(
                $"an export to {path} with {string.Join(", ", texts)}",
                () =>
                    _received.Any(export =>
                        export.Path == path
                        && texts.All(each => export.Text.Contains(each, StringComparison.Ordinal))
                    )
            );

        public void Dispose() => _listener.Close();

        private async Task ReceiveAsync()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    using var body = new MemoryStream();
                    await context.Request.InputStream.CopyToAsync(body, Stop);
                    context.Response.Close();
                    _received.Enqueue((context.Request.Url!.AbsolutePath, Encoding.Latin1.GetString(body.ToArray())));
                }
            }
            catch (Exception closed) when (closed is ObjectDisposedException or HttpListenerException)
            {
                // The test has ended.
            }
        }
    }
}
