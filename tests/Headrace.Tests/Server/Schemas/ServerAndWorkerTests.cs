using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using Headrace.Core;
using Headrace.Server.Intake;
using Headrace.Worker.Methods;
using Xunit;

namespace Headrace.Tests.Server.Schemas;

/// <summary>
/// The server's validator and the worker's own check use the same schemas. The server must never reject params that the
/// worker would accept, and params that the worker would reject should not wait in a queue first.
/// </summary>
public sealed class ServerAndWorkerTests
{
    private enum Model
    {
        HoltWinters,
        Arima,
    }

    private sealed record Leg(string Name, [property: Range(0, 10)] double Strike, int Count = 1);

    private sealed record Tree(int Value, IReadOnlyList<Tree> Children);

    private static readonly Delegate Everything = (
        [Range(1, 100)] int count = 1,
        double ratio = 0.5,
        bool on = false,
        string? label = null,
        [StringLength(4, MinimumLength = 2)] string code = "abc",
        [RegularExpression("^[a-z]+$")] string word = "x",
        Model model = Model.Arima,
        [MinLength(1), MaxLength(3)] double[]? series = null,
        Leg? leg = null,
        Tree? tree = null,
        int? maybe = null,
        Dictionary<string, int>? map = null,
        DateTimeOffset? when = null,
        long wide = 0
    ) => count;

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"count":1}""")]
    [InlineData("""{"count":100}""")]
    [InlineData("""{"count":0}""")]
    [InlineData("""{"count":101}""")]
    [InlineData("""{"count":1.5}""")]
    [InlineData("""{"count":5.0}""")]
    [InlineData("""{"count":1e0}""")]
    [InlineData("""{"count":"1"}""")]
    [InlineData("""{"count":null}""")]
    [InlineData("""{"ratio":1}""")]
    [InlineData("""{"ratio":1e300}""")]
    [InlineData("""{"ratio":"NaN"}""")]
    [InlineData("""{"on":true}""")]
    [InlineData("""{"on":1}""")]
    [InlineData("""{"label":null}""")]
    [InlineData("""{"label":"grüße"}""")]
    [InlineData("""{"label":2}""")]
    [InlineData("""{"code":"ab"}""")]
    [InlineData("""{"code":"a"}""")]
    [InlineData("""{"code":"abcde"}""")]
    [InlineData("""{"code":"🙂"}""")]
    [InlineData("""{"code":"🙂🙂🙂"}""")]
    [InlineData("""{"word":"abc"}""")]
    [InlineData("""{"word":"ABC"}""")]
    [InlineData("""{"model":"HoltWinters"}""")]
    [InlineData("""{"model":"holtWinters"}""")]
    [InlineData("""{"model":"Naive"}""")]
    [InlineData("""{"model":0}""")]
    [InlineData("""{"series":[1,2.5]}""")]
    [InlineData("""{"series":null}""")]
    [InlineData("""{"series":[]}""")]
    [InlineData("""{"series":[1,2,3,4]}""")]
    [InlineData("""{"series":[1,"x"]}""")]
    [InlineData("""{"series":{}}""")]
    [InlineData("""{"leg":{"name":"a","strike":1}}""")]
    [InlineData("""{"leg":{"name":"a","strike":11}}""")]
    [InlineData("""{"leg":{"strike":1}}""")]
    [InlineData("""{"leg":null}""")]
    [InlineData("""{"leg":5}""")]
    [InlineData("""{"tree":{"value":1,"children":[{"value":2,"children":[]}]}}""")]
    [InlineData("""{"tree":{"value":1,"children":[{"value":"2","children":[]}]}}""")]
    [InlineData("""{"tree":{"value":1,"children":[{"children":[]}]}}""")]
    [InlineData("""{"maybe":null}""")]
    [InlineData("""{"maybe":5}""")]
    [InlineData("""{"maybe":"5"}""")]
    [InlineData("""{"map":{"a":1}}""")]
    [InlineData("""{"map":{"a":"x"}}""")]
    [InlineData("""{"when":"2030-01-31T12:00:00Z"}""")]
    [InlineData("""{"when":"2030-01-31T12:00:00.123456+01:00"}""")]
    [InlineData("""{"when":"soon"}""")]
    [InlineData("""{"when":7}""")]
    [InlineData("""{"wide":9223372036854775807}""")]
    [InlineData("""{"wide":9223372036854775808}""")]
    [InlineData("""{"wide":1e30}""")]
    [InlineData("""{"stranger":1}""")]
    [InlineData("[]")]
    public void The_server_and_the_worker_agree(string parameters)
    {
        var schema = new BoundDelegate(new MethodRef(new MethodName("probe"), 1), Everything).Schema;

        var worker = schema.Check(JsonElement.Parse(parameters));
        var door = Check(schema.Text, parameters);

        Assert.True(
            (worker.Count == 0) == (door.Count == 0),
            $"The worker reports the errors [{string.Join("; ", worker)}], but the server reports "
                + $"[{string.Join("; ", door)}]."
        );
    }

    private static IReadOnlyList<string> Check(string schema, string parameters) =>
        [
            .. new ParamsValidator()
                .Check(schema, Encoding.UTF8.GetBytes(parameters))
                .Select(fault => $"{fault.Path} {fault.Message}"),
        ];
}
