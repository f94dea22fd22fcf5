using Headrace.Client;
using Headrace.Core;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Client;

/// <summary>
/// Tests text arguments. If a job has no body, the client converts the arguments to JSON. If it has a body, the client
/// sends them in the query string and the server converts them.
/// </summary>
public sealed class TextArgumentTests
{
    private const string Schema = """
        {"type":"object","properties":{
          "label":{"type":["string","null"]},
          "level":{"enum":["1","2"]},
          "size":{"$ref":"#/$defs/size"},
          "rate":{"anyOf":[{"type":"number"},{"type":"string"}]}},
         "$defs":{"size":{"type":"string"}}}
        """;

    [Theory]
    [InlineData("label", "null", """{"label":null}""")]
    [InlineData("label", "5", """{"label":"5"}""")]
    [InlineData("level", "1", """{"level":"1"}""")]
    [InlineData("size", "5", """{"size":"5"}""")]
    [InlineData("rate", "5", """{"rate":5}""")]
    [InlineData("rate", "high", """{"rate":"high"}""")]
    public async Task The_same_text_gives_the_same_params_with_and_without_a_body(
        string name,
        string text,
        string expected
    )
    {
        await using var scene = await ServerScene.StartAsync();
        await scene.SendAsync(new Command.RegisterMethods([new Offer(new MethodName("probe"), 1, Schema)]));
        using var client = new HeadraceClient(scene.Server.Ready.Url, scene.Key);
        var plain = new JobRequest("probe") { Arguments = new Dictionary<string, string> { [name] = text } };

        var without = await ParamsOfAsync(client, plain);
        var with = await ParamsOfAsync(client, plain with { Body = new byte[] { 1 } });

        Assert.Equal(expected, without);
        Assert.Equal(expected, with);
    }

    private static async Task<string?> ParamsOfAsync(HeadraceClient client, JobRequest submission)
    {
        var submitted = await client.SubmitAsync(submission, TestContext.Current.CancellationToken);
        var job = await client.GetJobAsync(submitted.Id, TestContext.Current.CancellationToken);
        return job.Params?.GetRawText();
    }
}
