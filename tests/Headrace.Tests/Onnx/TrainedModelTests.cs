using System.Globalization;
using System.Text.Json;
using Headrace.Commands;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Onnx;

/// <summary>Trains the model of <c>samples/onnx</c> with ML.NET, installs it, and compares the predictions.</summary>
[Trait("Needs", "Servers")]
public sealed class TrainedModelTests
{
    [Fact]
    public async Task A_model_trained_by_ML_NET_predicts_the_same_as_a_method()
    {
        await using var server = await RunningServer.StartAsync();
        var model = Path.Combine(server.Home, "risk.onnx");
        using var training = CliProcess.StartSample("TrainModel", server.Home, [], model);
        var trained = await CliProcess.EndAsync(training, "TrainModel");
        Assert.Equal((0, ""), (trained.Code, trained.Error));

        var installed = await server.CliAsync("methods", "install", model, "--output", "Probability.output");
        Assert.Equal((ExitCode.Done, ""), (installed.Code, installed.Error));
        await server.WaitForMethodAsync("risk");
        var run = await server.CliAsync("run", "risk", "Income=3000", "Debt=900", "Age=40");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Equal(
            double.Parse(trained.Out, CultureInfo.InvariantCulture),
            JsonElement.Parse(run.Out).GetProperty("Probability.output").GetDouble(),
            tolerance: 1e-4
        );
    }
}
