using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Sdk;

/// <summary>Tests Python functions that fail in various ways.</summary>
public sealed class PythonFaultTests
{
    private const string Faulty = """
        @method
        def fault(kind: str):
            if kind == "raise":
                raise ValueError("7 is too much")
            if kind == "reject":
                raise Rejected("There is no such city.")
            if kind == "fail":
                raise Failed("The disk is gone.", retry=False)
            if kind == "exit":
                sys.exit(3)
            if kind == "nan":
                return {"values": [1.0, float("nan")]}
            if kind == "set":
                return {"values": object()}
            if kind == "key":
                return {(1, 2): 3}
            if kind == "loop":
                loop = []
                loop.append(loop)
                return loop
            if kind == "large":
                return "x" * 1_050_000
            if kind == "recursion":
                return (lambda f: f(f))(lambda f: f(f))
            if kind == "close":
                sys.stdout.close()
                sys.stderr.close()
                return "quiet"
            if kind == "die":
                os._exit(9)
            return f"{os.getpid()}"
        """;

    [Theory]
    [InlineData("raise", FailReason.Exhausted, "ValueError", "7 is too much")]
    [InlineData("reject", FailReason.Rejected, "Rejected", "There is no such city.")]
    [InlineData("fail", FailReason.Error, "Failed", "The disk is gone.")]
    [InlineData("exit", FailReason.Exhausted, "SystemExit", "The method called sys.exit(3).")]
    [InlineData(
        "nan",
        FailReason.Error,
        "InvalidResult",
        "The result contains nan at $.values[1], which JSON cannot represent. Return None or a string instead."
    )]
    [InlineData(
        "set",
        FailReason.Error,
        "InvalidResult",
        "The result contains a value of type object at $.values, which JSON cannot represent. Return numbers, strings, "
            + "lists, dicts or dataclasses."
    )]
    [InlineData(
        "key",
        FailReason.Error,
        "InvalidResult",
        "The result has a key of type tuple at $, but JSON keys are strings."
    )]
    [InlineData("loop", FailReason.Error, "InvalidResult", "The result contains itself at $[0].")]
    [InlineData("recursion", FailReason.Exhausted, "RecursionError", "maximum recursion depth exceeded")]
    [InlineData(
        "large",
        FailReason.TooLarge,
        "TooLarge",
        "The result is 1050000 bytes; the limit for fault@1 is 1 MB. Store the result elsewhere and return its "
            + "location."
    )]
    public async Task A_fault_has_its_type_and_message_and_the_process_runs_the_next_job(
        string kind,
        FailReason reason,
        string type,
        string message
    )
    {
        await using var scene = await ScriptScene.StartAsync(Faulty);
        var before = (await scene.RunAsync("fault", """{"kind":"pid"}""")).Result;

        var (row, _) = await scene.RunAsync("fault", $$"""{"kind":"{{kind}}"}""");

        Assert.Equal((reason, type, message), (row.Reason, row.Error!.Type, row.Error.Message));
        Assert.Equal(before, (await scene.RunAsync("fault", """{"kind":"pid"}""")).Result);
    }

    [Fact]
    public async Task The_traceback_is_in_the_log_and_shows_the_function_alone()
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            def deep(x):
                print("before the fault")
                return 1 / x

            @method
            def divide(x: int):
                return deep(x)
            """
        );

        var (row, _) = await scene.RunAsync("divide", """{"x":0}""");

        var log = await scene.LogOfAsync(row);
        Assert.StartsWith("before the fault\nTraceback (most recent call last):\n", log, StringComparison.Ordinal);
        Assert.Contains("in divide\n    return deep(x)\n", log, StringComparison.Ordinal);
        Assert.EndsWith("ZeroDivisionError: division by zero\n", log, StringComparison.Ordinal);
        Assert.DoesNotContain("_serve.py", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_that_ends_its_process_has_crashed_and_the_next_job_has_a_new_process()
    {
        await using var scene = await ScriptScene.StartAsync(Faulty);
        var before = (await scene.RunAsync("fault", """{"kind":"pid"}""")).Result;

        var (row, _) = await scene.RunAsync("fault", """{"kind":"die"}""");

        Assert.Equal((FailReason.Poison, "Crashed"), (row.Reason, row.Error!.Type));
        Assert.NotEqual(before, (await scene.RunAsync("fault", """{"kind":"pid"}""")).Result);
    }

    [Fact]
    public async Task A_function_that_closes_its_output_still_returns_results()
    {
        await using var scene = await ScriptScene.StartAsync(Faulty);

        Assert.Equal("quiet", (await scene.RunAsync("fault", """{"kind":"close"}""")).Result);
        Assert.NotEmpty((await scene.RunAsync("fault", """{"kind":"pid"}""")).Result);
        Assert.Equal("ValueError", (await scene.RunAsync("fault", """{"kind":"raise"}""")).Row.Error!.Type);
    }

    [Fact]
    public async Task A_function_that_hangs_is_killed_at_its_time_limit_even_if_it_ignores_the_cancel()
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            @method(time_limit="300ms", stop_grace="50ms")
            def hang():
                while True:
                    try:
                        time.sleep(1000)
                    except BaseException:
                        pass

            @method
            def fine() -> str:
                return "fine"
            """
        );

        var (row, _) = await scene.RunAsync("hang");

        Assert.Equal((FailReason.Timeout, "TimeLimit"), (row.Reason, row.Error!.Type));
        Assert.Equal("fine", (await scene.RunAsync("fine")).Result);
    }

    [Fact]
    public async Task A_retry_policy_of_the_method_names_the_exceptions_that_are_not_retried()
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            @method(retry={"max": 5, "never": ["KeyError"]})
            def look(key: str) -> int:
                return {"a": 1}[key]
            """
        );

        var id = await scene.Programs.Worker.SubmitAsync("look", """{"key":"b"}""");
        var (row, _) = await scene.Programs.Worker.EndOfAsync(id);

        Assert.Equal((FailReason.Error, "KeyError", 1), (row.Reason, row.Error!.Type, row.Job.Status.Attempt));
    }

    [Fact]
    public async Task A_module_that_has_disappeared_fails_the_jobs_with_its_name()
    {
        await using var scene = await ScriptScene.StartAsync(
            """
            if os.path.exists(os.path.join(os.path.dirname(__file__), "gone")):
                import no_such_module

            @method
            def late() -> str:
                return "late"
            """
        );
        scene.Programs.Write("gone", "");

        var (row, _) = await scene.RunAsync("late");

        Assert.Equal(
            (
                "NotStarted",
                "The process exited with code 1: ModuleNotFoundError: No module named 'no_such_module' (before it was "
                    + "ready for a job)"
            ),
            (row.Error!.Type, row.Error.Message)
        );
    }

    [Theory]
    [InlineData("def f(x: complex): pass", "The function f, parameter x: The type complex has no counterpart in JSON.")]
    [InlineData("def f(*x): pass", "The function f has the parameter *x, which cannot be set by name.")]
    [InlineData("async def f(): pass", "The function f is asynchronous. Call asyncio.run(…)")]
    [InlineData("def F_(): pass", "The function F_ has the method name 'f-'", true)]
    [InlineData("def _f(): pass", "The function _f has the method name '-f'. Use 1 to 64 characters")]
    [InlineData("def f(x: 'Nothing'): pass", "The function f has a type hint that cannot be read: name 'Nothing'")]
    [InlineData("class f: pass", "The function f cannot be used as a method. Put @method in front of a def statement.")]
    public async Task A_function_that_cannot_be_a_method_is_refused_with_the_remedy(
        string function,
        string fault,
        bool isValid = false
    )
    {
        if (isValid)
        {
            await using var scene = await ScriptScene.StartAsync($"@method\n{function}");
            Assert.Equal("f-@1", Assert.Single(scene.Manifests).Name.ToString());
            return;
        }

        var refused = await Assert.ThrowsAsync<HeadraceException>(() => ScriptScene.StartAsync($"@method\n{function}"));

        Assert.StartsWith(fault, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timelimit='5s'", "@method has no option 'timelimit'. Did you mean 'time_limit'?")]
    [InlineData("maxResult='5KB'", "@method has no option 'maxResult'. Did you mean 'max_result'?")]
    [InlineData("colour=1", "@method has no option 'colour'. Its options are name, version, description, ")]
    public async Task An_unknown_option_of_the_decorator_is_named_with_the_nearest_one(string option, string fault)
    {
        var refused = await Assert.ThrowsAsync<HeadraceException>(() =>
            ScriptScene.StartAsync($"@method({option})\ndef f(): pass")
        );

        Assert.StartsWith(fault, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x = 1", "script.py defines no method. Put @method in front of a function.")]
    [InlineData("import no_such_module", "script.py:4 imports the module no_such_module, which is not installed. Run:")]
    [InlineData("def (", "script.py:4: invalid syntax")]
    [InlineData(
        "@method\ndef f(): pass\n@method\ndef f(): pass",
        "script.py defines the method f@1 twice. Give one of them another name or version."
    )]
    [InlineData("1 / 0", "ZeroDivisionError: division by zero")]
    public async Task A_script_without_methods_is_refused_with_the_reason(string script, string fault)
    {
        var refused = await Assert.ThrowsAsync<HeadraceException>(() => ScriptScene.StartAsync(script));

        Assert.Contains(fault, refused.Message, StringComparison.Ordinal);
    }
}
