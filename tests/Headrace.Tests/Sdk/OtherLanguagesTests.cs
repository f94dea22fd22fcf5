using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Sdk;

/// <summary>Tests R scripts and Octave functions as methods.</summary>
public sealed class OtherLanguagesTests
{
    private const string R = """
        method("add", function(x, y = 1) x + y)
        method("raw", function(body) rev(body))
        method("text", function(name) paste("hello", name))
        method("pid", version = 2, function() Sys.getpid())
        method("nan", function() list(a = c(1, NaN)))
        method("broken", function(x) { cat("before\n"); log(x) })
        method("fussy", function() reject("There is no such city."))
        method("trace", function() Sys.getenv("TRACEPARENT", "none"))
        """;

    [Fact]
    public async Task An_R_script_defines_methods_with_the_params_of_its_functions()
    {
        await using var scene = await ScriptScene.StartAsync("script.R", R);

        Assert.Equal(
            ["add@1", "broken@1", "fussy@1", "nan@1", "pid@2", "raw@1", "text@1", "trace@1"],
            scene.Manifests.Select(manifest => manifest.Name.ToString())
        );
        Assert.Equal("3.5", (await scene.RunAsync("add", """{"x":2.5}""")).Result);
        Assert.Equal("[2,3]", (await scene.RunAsync("add", """{"x":[1,2]}""")).Result);
        Assert.Equal("cba", (await scene.RunAsync("raw", body: "abc")).Result);
        var (text, hello) = await scene.RunAsync("text", """{"name":"you"}""");
        Assert.Equal(("hello you", "text/plain"), (hello, text.ResultType));
        Assert.Equal((await scene.RunAsync("pid")).Result, (await scene.RunAsync("pid")).Result);
    }

    [Fact]
    public async Task A_fault_in_R_has_its_type_and_message_and_the_process_goes_on()
    {
        await using var scene = await ScriptScene.StartAsync("script.R", R);

        var (broken, _) = await scene.RunAsync("broken", """{"x":"a"}""");
        var (nan, _) = await scene.RunAsync("nan");
        var (fussy, _) = await scene.RunAsync("fussy");

        Assert.Equal(
            (FailReason.Exhausted, "simpleError", "non-numeric argument to mathematical function"),
            (broken.Reason, broken.Error!.Type, broken.Error.Message)
        );
        Assert.StartsWith(
            "before\nError: non-numeric argument to mathematical function",
            await scene.LogOfAsync(broken),
            StringComparison.Ordinal
        );
        Assert.Equal((FailReason.Error, "invalidResult"), (nan.Reason, nan.Error!.Type));
        Assert.Equal((FailReason.Rejected, "There is no such city."), (fussy.Reason, fussy.Error!.Message));
    }

    [Fact]
    public async Task An_R_function_finds_the_trace_of_its_job_in_the_environment()
    {
        await using var scene = await ScriptScene.StartAsync("script.R", R);

        await ContinuesTracesAsync(scene);
    }

    [Fact]
    public async Task An_Octave_function_finds_the_trace_of_its_job_in_the_environment()
    {
        await using var scene = await ScriptScene.StartAsync(
            "trace.m",
            """
            function result = trace ()
              result = getenv ("TRACEPARENT");
              if (isempty (result))
                result = "none";
              end
            end
            """
        );

        await ContinuesTracesAsync(scene);
    }

    /// <summary>Runs the method <c>trace</c> with and without a trace, in one process.</summary>
    private static async Task ContinuesTracesAsync(ScriptScene scene)
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

        Assert.Equal("none", (await scene.RunAsync("trace")).Result);
        Assert.StartsWith(Trace[..36], (await scene.RunTracedAsync("trace", Trace)).Result, StringComparison.Ordinal);
        Assert.Equal("none", (await scene.RunAsync("trace")).Result);
    }

    [Theory]
    [InlineData("x <- 1", "script.R defines no method. Call method(\"name\", function(...) ...).")]
    [InlineData("stop(\"no licence\")", "no licence")]
    public async Task An_R_script_without_methods_is_refused(string script, string reason)
    {
        var refused = await Assert.ThrowsAsync<HeadraceException>(() => ScriptScene.StartAsync("script.R", script));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_Octave_function_is_a_method_that_reports_progress_and_errors_with_their_identifier()
    {
        await using var scene = await ScriptScene.StartAsync("heat.m", Repository.Read("samples/octave/heat.m"));

        var manifest = Assert.Single(scene.Manifests);
        var (good, rod) = await scene.RunAsync("heat", """{"steps":1000,"points":5,"rate":0.25}""");
        var (bad, _) = await scene.RunAsync("heat", """{"steps":1,"points":5,"rate":0.75}""");

        Assert.Equal(
            ("heat@1", "Solves the heat equation on a rod whose ends are kept at 0 and 1.", TimeSpan.FromMinutes(10)),
            (manifest.Name.ToString(), manifest.Description, manifest.TimeLimit)
        );
        Assert.Equal("[0,0.25,0.5,0.75,1]", rod);
        Assert.Equal("1000 steps\n", await scene.LogOfAsync(good));
        Assert.Equal(
            ("heat:unstable", "rate is 0.75; it must be above 0 and at most 0.5."),
            (bad.Error!.Type, bad.Error.Message)
        );
        Assert.Equal(
            "rate is 0.75; it must be above 0 and at most 0.5.\n  in heat, line 5\n",
            await scene.LogOfAsync(bad)
        );
    }

    [Fact]
    public async Task An_Octave_function_may_take_the_body_and_fails_for_a_result_that_JSON_cannot_express()
    {
        await using var scene = await ScriptScene.StartAsync(
            "twist.m",
            """
            function result = twist (kind, body)
              if (strcmp (kind, "bytes"))
                result = uint8 (flip (body));
              elseif (strcmp (kind, "text"))
                result = ["got " char(body')];
              elseif (strcmp (kind, "struct"))
                result = struct ("sum", sum (body), "pid", getpid () > 0);
              else
                result = NaN;
              end
            end
            """
        );

        Assert.Equal("cba", (await scene.RunAsync("twist", """{"kind":"bytes"}""", "abc")).Result);
        Assert.Equal("got abc", (await scene.RunAsync("twist", """{"kind":"text"}""", "abc")).Result);
        Assert.Equal(
            """{"sum":294,"pid":true}""",
            (await scene.RunAsync("twist", """{"kind":"struct"}""", "abc")).Result
        );
        Assert.Equal("InvalidResult", (await scene.RunAsync("twist", """{"kind":"nan"}""")).Row.Error!.Type);
    }

    [Theory]
    [InlineData(
        "hang.R",
        """
        method("hang", timeLimit = "300ms", stopGrace = "100ms", function(seconds) {
          Sys.sleep(seconds)
          Sys.getpid()
        })
        """
    )]
    [InlineData(
        "hang.m",
        """
        function result = hang (seconds)
          % headrace: {"timeLimit": "300ms", "stopGrace": "100ms"}
          pause (seconds);
          result = getpid ();
        end
        """
    )]
    public async Task The_time_limit_of_a_method_is_kept_and_the_next_job_has_a_new_process_R12(
        string file,
        string text
    )
    {
        await using var scene = await ScriptScene.StartAsync(file, text);
        var first = (await scene.RunAsync("hang", """{"seconds":0}""")).Result;

        var (row, _) = await scene.RunAsync("hang", """{"seconds":1000}""");

        Assert.Equal(
            (
                FailReason.Timeout,
                "TimeLimit",
                "The job exceeded its time limit of 300ms, set by hang@1. The process was killed because the job did "
                    + "not stop in time."
            ),
            (row.Reason, row.Error!.Type, row.Error.Message)
        );
        Assert.Matches("^[0-9]+$", first);
        Assert.NotEqual(first, (await scene.RunAsync("hang", """{"seconds":0}""")).Result);
    }

    [Theory]
    [InlineData("x = 1", "m.m does not begin with the function m. A file must have the same name as its function.")]
    [InlineData("function y = m (varargin)\nend", "has the parameter varargin, which cannot be set by name")]
    [InlineData(
        "function y = m (x)\n% headrace: {\"slots\": }\nend",
        "The comment 'headrace:' in m.m is not valid JSON"
    )]
    public async Task An_Octave_file_that_cannot_be_a_method_is_refused_with_the_reason(string text, string reason)
    {
        var refused = await Assert.ThrowsAsync<HeadraceException>(() => ScriptScene.StartAsync("m.m", text));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }
}
