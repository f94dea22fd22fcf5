using Headrace.Core.Jobs;
using Headrace.Tests.Architecture;
using Headrace.Tests.Worker.Exchange;
using Xunit;

namespace Headrace.Tests.Docs;

public sealed class MethodsInCSharpTests
{
    private static readonly string Page = Repository.Read("docs/methods-in-csharp.md");

    [Fact]
    public void Every_example_of_the_page_is_the_code_that_is_tested()
    {
        var code =
            Unindented(Repository.Read("tests/Headrace.Tests/Docs/ThreeShapes.cs"))
            + Unindented(Repository.Read("tests/Headrace.Tests/Docs/SortExecutor.cs"));
        var examples = CodeBlock.In(Page).Where(block => block.Info == "csharp").ToList();

        Assert.Equal(6, examples.Count);
        Assert.All(examples, example => Assert.Contains(Unindented(example.Text), code, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_examples_produce_the_results_that_the_page_states()
    {
        await using var scene = await WorkerScene.StartAsync();
        ThreeShapes.CountWords(scene.App);
        ThreeShapes.Collatz(scene.App);
        ThreeShapes.Rank(scene.App);
        ThreeShapes.Sort(scene.App);
        await scene.JoinAsync();

        var words = await scene.EndOfAsync(
            await scene.SubmitAsync("short-words", """{"longest":3}""", "to be or not to be, that is"u8.ToArray())
        );
        var collatz = new List<JobId>();
        foreach (var start in new[] { 1, 6, 7, 27 })
            collatz.Add(await scene.SubmitAsync("collatz", $$"""{"start":{{start}}}"""));
        var steps = new List<string>();
        foreach (var id in collatz)
            steps.Add((await scene.EndOfAsync(id)).Result);
        var wrong = await scene.SubmitAsync("rank", """{"score":-1}""");
        var rejected = (
            await scene.AdvanceUntilAsync("the batch", TimeSpan.FromMilliseconds(5), scene.EndOfAsync(wrong))
        ).Row;
        var single = await scene.SubmitAsync("rank", """{"score":3}""");
        var result = (
            await scene.AdvanceUntilAsync("the batch", TimeSpan.FromMilliseconds(5), scene.EndOfAsync(single))
        ).Result;

        var sorted = await scene.EndOfAsync(await scene.SubmitAsync("sort", body: "b\nc\na\n"u8.ToArray()));

        Assert.Equal("7", words.Result);
        Assert.Equal("a\nb\nc\n", sorted.Result);
        Assert.Equal(["0", "8", "16", "111"], steps);
        Assert.Equal(FailReason.Rejected, rejected.Reason);
        Assert.Equal("""{"rank":0,"of":1}""", result);
    }

    /// <summary>
    /// Removes the indentation of every line, because the page indents code less than the source does.
    /// </summary>
    private static string Unindented(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));
}
