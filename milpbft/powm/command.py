"""The commands on parallel proof of work."""
import typer
app = typer.Typer(no_args_is_help=True, help="x")
